// SPDX-License-Identifier: AGPL-3.0-or-later
// A disk that loses power: a program runs on a directory with power_loss.c preloaded, is killed, and the directory is put back
// to what it had synced; or, torn, to that and any part of what it had not, as if the disk had written in an order of its own.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { binary } from '../paths.ts';
import type { Settings } from '../lathe.ts';

const SECTOR = 512; // what a disk writes whole
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

type Name = { type: string; key: string; name: string };

const lineOf = ({ type, key, name }: Name): string => `${type} ${key} ${name}\n`;

function namesIn(text: string): Name[] {
  return text.split('\n').filter((line) => line !== '').map((line) => {
    const [, type, key, name] = /^([df]) (\S+) (.*)$/.exec(line) ?? [];
    assert.ok(type && key && name, `not a line of names: ${line}`);
    return { type, key, name };
  });
}

/** Writes to `synced` a file whose sectors, and whose length, are each the synced or the present one. */
async function tearFile(path: string, synced: string, torn: () => number): Promise<void> {
  const [now, old] = [await readFile(path), existsSync(synced) ? await readFile(synced) : Buffer.alloc(0)];
  if (now.equals(old)) return;
  const bytes = Buffer.alloc(torn() < 0.5 ? now.length : old.length);
  const share = torn(); // from nearly nothing to nearly everything
  for (let at = 0; at < bytes.length; at += SECTOR) {
    const from = torn() < share ? now : old;
    if (at < from.length) from.copy(bytes, at, at, Math.min(at + SECTOR, from.length));
  }
  await writeFile(synced, bytes, { mode: 0o600 });
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
      lines.push(lineOf({ type: entry.isDirectory() ? 'd' : 'f', key, name: entry.name }));
      if (entry.isDirectory()) await this.#remember(path);
      else await copyFile(path, join(this.#shadow, 'content', key));
    }
    await writeFile(join(this.#shadow, 'names', await keyOf(folder)), lines.join(''));
  }

  /**
   * Puts the directory back to what was synced. Only while nothing runs on it. With numbers in [0, 1) for `torn`, of what was not
   * synced a part is there all the same: any sector of a file as last written, any new length, any change of a name.
   */
  async strike(torn?: () => number): Promise<void> {
    const restored = `${this.#directory}.restored`;
    await rm(restored, { recursive: true, force: true });
    if (torn) await this.#tear(this.#directory, torn);
    await this.#restore(await keyOf(this.#directory), restored);
    await rm(this.#directory, { recursive: true });
    await rename(restored, this.#directory);
  }

  /** Lets a part of what stands in the folder now count as synced. */
  async #tear(folder: string, torn: () => number): Promise<void> {
    const of = join(this.#shadow, 'names', await keyOf(folder));
    const synced = new Map(existsSync(of) ? namesIn(await readFile(of, 'utf8')).map((entry) => [entry.name, entry]) : []);
    const now = new Map<string, Name>();
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (!entry.isDirectory() && !entry.isFile()) continue;
      const key = await keyOf(path);
      now.set(entry.name, { type: entry.isDirectory() ? 'd' : 'f', key, name: entry.name });
      if (entry.isDirectory()) await this.#tear(path, torn);
      else await tearFile(path, join(this.#shadow, 'content', key), torn);
    }
    for (const name of new Set([...synced.keys(), ...now.keys()])) {
      const entry = now.get(name);
      if (entry?.key === synced.get(name)?.key || torn() < 0.5) continue;
      if (entry) synced.set(name, entry);
      else synced.delete(name);
    }
    await writeFile(of, [...synced.values()].map(lineOf).join(''));
  }

  async #restore(key: string, folder: string): Promise<void> {
    await mkdir(folder, { mode: 0o700 });
    const names = join(this.#shadow, 'names', key);
    if (!existsSync(names)) return; // never synced: there, and empty
    for (const { type, key: of, name } of namesIn(await readFile(names, 'utf8'))) {
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
