// SPDX-License-Identifier: AGPL-3.0-or-later
// Where things are. Tests may run from tests/ or, compiled, from build/tests-js.
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  if (process.env['LATHE_ROOT']) return process.env['LATHE_ROOT'];
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'layers.toml'))) {
    if (folder === dirname(folder)) throw new Error('the top folder of the project is not found');
    folder = dirname(folder);
  }
  return folder;
}

export const root = findRoot();
export const binary = process.env['LATHE_TEST_BINARY'] ?? join(root, 'build/asan/bin/lathe');
export const logs = process.env['LATHE_TEST_LOGS'] ?? join(root, 'build/test-logs');
/** Why what needs fault points is skipped: they are compiled into builds with sanitizers only. False: they are there. */
export const withoutFaults = !/asan|tsan/.test(binary) && 'needs a build with fault points';
mkdirSync(logs, { recursive: true });

/** A path below tests/, whatever folder the running code was compiled into. */
export function testFile(path: string): string {
  return join(root, 'tests', path);
}

/** A temporary directory; the caller removes it with the returned function. */
export async function temporaryFolder(name: string): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `lathe-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A file of the build tree that the program under test is from. */
export function builtBeside(path: string): string {
  for (let folder = dirname(binary); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, path))) return join(folder, path);
  }
  throw new Error(`${path} is not built beside ${binary}`);
}
