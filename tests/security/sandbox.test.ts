// SPDX-License-Identifier: AGPL-3.0-or-later
// A decoder that was taken over by the file it reads tries to get out of its cage, while the real server is on the other end of its
// socket: whatever it tries is denied and stands in the log, and the server, the same process, goes on and takes an honest file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { expectStatus } from '../lib/api.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { binary } from '../lib/paths.ts';
import { newPerson, type Person, specDraft } from '../lib/people.ts';
import { makeWav, upload } from '../lib/shop.ts';
import { processed } from '../lib/sale.ts';
import { eventually } from '../lib/wait.ts';

const hostile = join(dirname(dirname(binary)), 'src/media/hostile_child');
const isLong = process.env['LATHE_SECURITY'] === 'long';

/** Of the system calls, which `lathe-media --sandbox-test` tries one by one, the quick run sends these through the server. */
const QUICK_CALLS = new Set(['bind', 'pipe', 'execute-a-descriptor', 'pidfd_open', 'signal-everybody', 'queue-a-signal', 'shared-memory', 'personality', 'fault-handling', 'x32-open', 'clone-with-a-struct', 'status-with-a-struct', 'raise-cpu-time']);
const BEHAVIOURS = 18;

type Attack = { what: string; log: RegExp };

function attacks(): Attack[] {
  const lines = execFileSync(hostile, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const all = lines.map((line) => line.split('\t') as [string, string]).map(([what, log]) => ({ what, log: new RegExp(log) }));
  return all.filter(({ what }, at) => isLong || at < BEHAVIOURS || QUICK_CALLS.has(what));
}

/** A recording whose last bytes say what the decoder that reads it is to try. */
function poisoned(what: string, seed: number): Buffer {
  const tail = Buffer.alloc(64);
  tail.write(`hostile:${what}`);
  return Buffer.concat([makeWav(seed, 0.2), tail]);
}

const missing = serveIsMissing() || (existsSync(hostile) ? false : 'the cage is tested without sanitizers');

describe('a hostile decoder', { skip: missing }, () => {
  const lathe = useLathe({ settings: { LATHE_SANDBOX_PROGRAM: hostile, LATHE_SANDBOX_CHILDREN: '4', LATHE_SANDBOX_TIMEOUT: '3s', LATHE_JOBS_POLL: '50ms' } });
  let producer: Person;

  before(async () => {
    producer = await newPerson(lathe().api, 'producer');
  });

  const feed = async (bytes: Buffer): Promise<string> => {
    const { id } = expectStatus(await producer.api.post('/specs', specDraft()), 201);
    const master = await upload(producer.api, 'master', 'master.wav', bytes);
    expectStatus(await producer.api.put(`/specs/${id}/assets/master`, { upload_id: master }), 202);
    return id;
  };

  test('is denied and told of, whatever it tries, and the server goes on', async () => {
    const all = missing ? [] : attacks();
    assert.ok(all.length >= 30, `${all.length} attacks`);
    const pid = lathe().pid;
    const heard = new Set<string>(); // jobs: what failed before is tried again, and says the same again
    for (const [at, { what, log }] of all.entries()) {
      await feed(poisoned(what, at + 1));
      const job = await eventually(`the log tells of ${what}`, () => {
        const lines = lathe().output.split('\n').filter((line) => line.includes(' media.') && log.test(line));
        return lines.map((line) => /request_id=(\S+)/.exec(line)?.[1] ?? '').find((id) => id !== '' && !heard.has(id));
      });
      heard.add(job);
      assert.equal((await lathe().api.root('GET', '/readyz')).status, 200, what);
    }
    assert.doesNotMatch(lathe().output, /WENT THROUGH/);
    assert.equal(lathe().pid, pid);
    assert.equal(lathe().exit, undefined);
  });

  test('leaves the server able to take an honest recording', async () => {
    const state = await processed(producer.api, await feed(makeWav(400)));
    assert.equal(state.status, 'ready', JSON.stringify(state));
  });
});
