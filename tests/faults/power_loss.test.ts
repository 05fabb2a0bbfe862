// SPDX-License-Identifier: AGPL-3.0-or-later
// The proof that power_loss drops what was not synced and keeps what was.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Child } from '../lib/child.ts';
import { temporaryFolder } from '../lib/paths.ts';
import { PowerLoss } from '../lib/power_loss/power_loss.ts';
import { randomNumbers } from '../lib/random.ts';

type Files = Record<string, string>;

/** Before each: `old` has "before", synced; `sub/` is there. */
const cases: [what: string, steps: string, left: Files][] = [
  ['nothing done', '', { old: 'before' }],
  ['bytes not synced', 'write:old:after', { old: 'before' }],
  ['bytes synced', 'write:old:after sync:old', { old: 'after' }],
  ['bytes synced, then more', 'write:old:after sync:old write:old:later', { old: 'after' }],
  ['a new file, synced, without its name', 'create:new write:new:x sync:new', { old: 'before' }],
  ['a name without its bytes', 'create:new write:new:x names:.', { old: 'before', new: '' }],
  ['a new file, wholly synced', 'create:new write:new:x sync:new names:.', { old: 'before', new: 'x' }],
  ['a rename not synced', 'rename:old:new', { old: 'before' }],
  ['a rename synced', 'rename:old:new names:.', { new: 'before' }],
  ['a replacement not synced', 'create:new write:new:x sync:new rename:new:old', { old: 'before' }],
  ['a replacement synced', 'create:new write:new:x sync:new rename:new:old names:.', { old: 'x' }],
  ['a deletion not synced', 'unlink:old', { old: 'before' }],
  ['a deletion synced', 'unlink:old names:.', {}],
  ['deleted and made anew, names not synced', 'unlink:old create:old write:old:x sync:old', { old: 'before' }],
  ['a move to another folder, one of them synced', 'rename:old:sub/new names:sub', { old: 'before', 'sub/new': 'before' }],
  ['a folder not synced', 'mkdir:dir create:dir/a write:dir/a:x sync:dir/a names:dir', { old: 'before' }],
  ['a folder synced', 'mkdir:dir create:dir/a write:dir/a:x sync:dir/a names:dir names:.', { old: 'before', 'dir/a': 'x' }],
  ['a nameless file that got a name', 'link:new', { old: 'before' }],
  ['a nameless file whose name was synced', 'link:new names:.', { old: 'before', new: 'nameless' }],
];

async function filesOf(folder: string): Promise<Files> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const pairs = await Promise.all(files.map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')]));
  return Object.fromEntries(pairs.sort());
}

/** Runs the toy in a new directory, takes its power away, and gives what is left. */
async function struck(steps: string, torn?: () => number): Promise<Files> {
  const folder = await temporaryFolder('power');
  const directory = join(folder.path, 'data');
  try {
    await mkdir(join(directory, 'sub'), { recursive: true });
    await writeFile(join(directory, 'old'), 'before');
    const power = new PowerLoss(directory);
    await power.begin();
    const library = power.settings['LD_PRELOAD'] ?? '';
    const toy = join(dirname(library), 'power_loss_toy');
    assert.ok(existsSync(toy), `${toy} is not built`);
    const child = new Child(toy, steps.split(' ').filter((step) => step !== ''), { cwd: directory, env: power.settings });
    assert.deepEqual(await child.exited, { code: null, signal: 'SIGKILL' }, child.output);
    await power.strike(torn);
    return await filesOf(directory);
  } finally {
    await folder.remove();
  }
}

for (const [what, steps, left] of cases) {
  test(`power loss: ${what}`, async () => assert.deepEqual(await struck(steps), left));
}

/** All that may be left when the disk kept any part of what was not synced; each of them is met. */
const torn: [what: string, steps: string, outcomes: Files[]][] = [
  ['what was synced stays', 'write:old:after sync:old', [{ old: 'after' }]],
  ['bytes not synced', 'write:old:longer', [{ old: 'before' }, { old: 'longer' }]],
  ['a name, and its bytes', 'create:new write:new:x', [{ old: 'before' }, { new: 'x', old: 'before' }, { new: '', old: 'before' }, { new: '\0', old: 'before' }]],
  ['a rename', 'rename:old:new', [{ old: 'before' }, { new: 'before' }, { new: 'before', old: 'before' }, {}]],
  ['a deletion', 'unlink:old', [{ old: 'before' }, {}]],
];

for (const [what, steps, outcomes] of torn) {
  test(`torn power loss: ${what}`, async () => {
    const met = new Set<string>();
    const random = randomNumbers(7);
    for (let i = 0; i < 200 && met.size < outcomes.length; i++) met.add(JSON.stringify(await struck(steps, random)));
    assert.deepEqual([...met].sort(), outcomes.map((files) => JSON.stringify(files)).sort());
  });
}
