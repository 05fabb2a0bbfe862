// SPDX-License-Identifier: AGPL-3.0-or-later
// A disk that loses power: a program runs on a directory with power_loss.c preloaded, is killed, and the directory is put back
// to what it had synced.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { binary } from '../paths.ts';
import type { Settings } from '../lathe.ts';

const LIBRARY = 'tests/lib/power_loss/libpower_loss.so';

/** The library of the build tree that the tested program is from. */
function findLibrary(): string {
  for (let folder = dirname(binary); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, LIBRARY))) return join(folder, LIBRARY);
  }
  throw new Error(`${LIBRARY} is not built beside ${binary}`);
}

async function keyOf(path: string): Promise<string> {
  const { ino, birthtimeNs } = await stat(path, { bigint: true });
  return `${ino}-${birthtimeNs}`;
}

export class PowerLoss {
  readonly #directory: string;
  readonly #shadow: string;

  /** The shadow is beside the directory, which must be on a file system that keeps birth times. */
  constructor(directory: string) {
    this.#directory = directory;
    this.#shadow = `${directory}.shadow`;
  }

  /** What the program's environment needs. */
  get settings(): Settings {
    return {
      LD_PRELOAD: findLibrary(),
      POWER_LOSS_DIR: this.#directory,
      POWER_LOSS_SHADOW: this.#shadow,
      // The preloaded library stands before that of the sanitizer and calls none of it.
      ASAN_OPTIONS: `${process.env['ASAN_OPTIONS'] ?? ''}:verify_asan_link_order=0`,
    };
  }

  /** Everything that is there now counts as synced. Before each start of the program. */
  async begin(): Promise<void> {
    await rm(this.#shadow, { recursive: true, force: true });
    for (const kind of ['content', 'names']) await mkdir(join(this.#shadow, kind), { recursive: true });
    await this.#remember(this.#directory);
  }

  async #remember(folder: string): Promise<void> {
    const lines: string[] = [];
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory() && !entry.isFile()) continue;
      const key = await keyOf(path);
      lines.push(`${entry.isDirectory() ? 'd' : 'f'} ${key} ${entry.name}\n`);
      if (entry.isDirectory()) await this.#remember(path);
      else await copyFile(path, join(this.#shadow, 'content', key));
    }
    await writeFile(join(this.#shadow, 'names', await keyOf(folder)), lines.join(''));
  }

  /** Puts the directory back to what was synced. Only while nothing runs on it. */
  async strike(): Promise<void> {
    const restored = `${this.#directory}.restored`;
    await rm(restored, { recursive: true, force: true });
    await this.#restore(await keyOf(this.#directory), restored);
    await rm(this.#directory, { recursive: true });
    await rename(restored, this.#directory);
  }

  async #restore(key: string, folder: string): Promise<void> {
    await mkdir(folder, { mode: 0o700 });
    const names = join(this.#shadow, 'names', key);
    if (!existsSync(names)) return; // never synced: there, and empty
    for (const line of (await readFile(names, 'utf8')).split('\n').filter((text) => text !== '')) {
      const [, type, of, name] = /^([df]) (\S+) (.*)$/.exec(line) ?? [];
      assert.ok(of && name, `not a line of names: ${line}`);
      if (type === 'd') await this.#restore(of, join(folder, name));
      else await this.#restoreFile(join(this.#shadow, 'content', of), join(folder, name));
    }
  }

  async #restoreFile(content: string, path: string): Promise<void> {
    if (existsSync(content)) await copyFile(content, path);
    else await writeFile(path, '', { mode: 0o600 }); // its name was synced, its bytes never
  }

  async remove(): Promise<void> {
    await rm(this.#shadow, { recursive: true, force: true });
  }
}
