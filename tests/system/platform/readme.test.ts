// SPDX-License-Identifier: AGPL-3.0-or-later
// The README's first calls, as they stand there.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { root, temporaryFolder } from '../../lib/paths.ts';

const README_ORIGIN = 'http://127.0.0.1:8080';

function firstCalls(): string {
  const section = readFileSync(join(root, 'README.md'), 'utf8').split('## The first five calls')[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map((block) => block[1]).join('\n');
}

eachEngine('the README', (engine) => {
  const lathe = useLathe({ engine });

  test('its first calls publish a beat that is found', async () => {
    const script = firstCalls();
    assert.ok(script.includes(README_ORIGIN), 'the section has no calls');
    const folder = await temporaryFolder('readme');
    const run = promisify(execFile);
    const tone = ['-v', 'error', '-f', 'lavfi', '-i', 'sine=220:duration=8', '-ac', '2', 'night-train.wav'];
    await run('ffmpeg', tone, { cwd: folder.path });
    const text = `set -eu\n${script.replaceAll(README_ORIGIN, lathe().origin)}`;
    const { stdout } = await run('bash', ['-c', text], { cwd: folder.path, timeout: 120_000 });
    const found = JSON.parse(stdout.slice(stdout.lastIndexOf('{"items"')));
    assert.deepEqual(found.items.map((item: { title: string }) => item.title), ['Night Train']);
    await folder.remove();
  });
});
