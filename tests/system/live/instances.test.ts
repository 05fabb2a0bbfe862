// SPDX-License-Identifier: AGPL-3.0-or-later
// Two programs on one PostgreSQL: what one publishes, watchers of the other see; what one ends, the other closes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import WebSocket from 'ws';
import { expectStatus, type Json } from '../../lib/api.ts';
import { Child } from '../../lib/child.ts';
import { serveIsMissing, useLathe } from '../../lib/lathe.ts';
import { binary } from '../../lib/paths.ts';
import { newPerson } from '../../lib/people.ts';
import { freePort } from '../../lib/ports.ts';
import { eventually } from '../../lib/wait.ts';

const isMissing = process.env['LATHE_TEST_ENGINE'] === 'sqlite' ? 'SQLite has one program' : serveIsMissing();

describe('two instances', { skip: isMissing }, () => {
  const lathe = useLathe({ engine: 'postgresql' });

  /** A second program on the same database and data. */
  async function startSecond(): Promise<{ origin: string; stop: () => Promise<void> }> {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const env = lathe().environment({ LATHE_LISTEN: `127.0.0.1:${port}`, LATHE_PUBLIC_URL: origin });
    const child = new Child(binary, ['serve'], { cwd: lathe().data, env, inherit_env: false });
    await eventually('the second program answers', async () => child.exit || (await fetch(`${origin}/readyz`)).status === 200);
    assert.equal(child.exit, undefined, child.output);
    return {
      origin,
      stop: async () => assert.deepEqual(await child.stop('SIGTERM'), { code: 0, signal: null }),
    };
  }

  const metric = async (origin: string, name: string): Promise<number> => {
    const text = await (await fetch(`${origin}/metrics`)).text();
    return Number(text.split('\n').find((line) => line.startsWith(name))?.split(' ').at(-1) ?? 0);
  };

  test('a session that ends at one is closed at the other', async () => {
    const second = await startSecond();
    const person = await newPerson(lathe().api);
    const headers = { authorization: `Bearer ${person.tokens.access_token}` };
    const socket = new WebSocket(`${second.origin.replace('http', 'ws')}/ws`, ['lathe.v1'], { headers });
    const closed = new Promise<number>((resolve) => socket.on('close', resolve));
    const joined = new Promise<Json>((resolve) => socket.on('message', (data) => resolve(JSON.parse(String(data)))));
    socket.on('open', () => socket.send('{"type":"join","room":"me"}'));
    assert.equal((await joined).room, `account:${person.id}`);

    expectStatus(await person.api.post('/auth/logout', {}), 204);

    assert.equal(await closed, 4001);
    assert.ok((await metric(lathe().origin, 'live_relayed_total{way="sent"}')) >= 1);
    assert.ok((await metric(second.origin, 'live_relayed_total{way="received"}')) >= 1);
    await second.stop();
  });
});
