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
import { Socket } from '../../lib/socket.ts';
import { eventually } from '../../lib/wait.ts';

const isMissing = process.env['LATHE_TEST_ENGINE'] === 'sqlite' ? 'SQLite has one program' : serveIsMissing();

describe('two instances', { skip: isMissing }, () => {
  const lathe = useLathe({ engine: 'postgresql', settings: { LATHE_CHAT_MESSAGES_PER_MINUTE: '0' } });

  /** A second program on the same database and data. */
  async function startSecond(): Promise<{ origin: string; stop: () => Promise<void>; kill: () => Promise<void> }> {
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const env = lathe().environment({ LATHE_LISTEN: `127.0.0.1:${port}`, LATHE_PUBLIC_URL: origin });
    const child = new Child(binary, ['serve'], { cwd: lathe().data, env, inherit_env: false });
    await eventually('the second program answers', async () => child.exit || (await fetch(`${origin}/readyz`)).status === 200);
    assert.equal(child.exit, undefined, child.output);
    return {
      origin,
      stop: async () => assert.deepEqual(await child.stop('SIGTERM'), { code: 0, signal: null }),
      kill: async () => assert.equal((await child.stop('SIGKILL')).signal, 'SIGKILL'),
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
    await eventually('the line between them stands', async () => (await metric(lathe().origin, 'live_relayed_total{way="received"}')) >= 1);

    expectStatus(await person.api.post('/auth/logout'), 204);

    assert.equal(await closed, 4001);
    assert.ok((await metric(lathe().origin, 'live_relayed_total{way="sent"}')) >= 1);
    assert.ok((await metric(second.origin, 'live_relayed_total{way="received"}')) >= 1);
    await second.stop();
  });

  test('who watches anywhere is counted everywhere, and whoever goes with an instance is counted no more', async () => {
    const second = await startSecond();
    const owner = await newPerson(lathe().api);
    const room = expectStatus(await owner.api.post('/chat/rooms', { kind: 'public', title: 'Gallery' }), 201).live_room;
    const watch = async (origin: string): Promise<Socket> => {
      const socket = await Socket.open(origin, { token: owner.tokens.access_token });
      await socket.do('join', { room });
      return socket;
    };
    const sees = (socket: Socket, viewers: number): Promise<unknown> =>
      eventually(`${viewers} watch`, async () => {
        const last = socket.received.findLast((message) => message.type === 'presence' && message.room === room && message.viewers !== undefined);
        return last?.viewers === viewers;
      }, { within_ms: 60_000 });
    const [here, there] = [await watch(lathe().origin), await watch(second.origin)];
    for (const socket of [here, there]) await sees(socket, 2);
    const third = await watch(second.origin);
    for (const socket of [here, there]) await sees(socket, 3);
    await third.close();
    for (const socket of [here, there]) await sees(socket, 2);
    await second.kill();
    await sees(here, 1);
    await here.close();
  });

  test('who is in a room is named at every instance, comes once and goes once', async () => {
    const second = await startSecond();
    const [owner, guest] = [await newPerson(lathe().api), await newPerson(lathe().api)];
    const room = expectStatus(await owner.api.post('/chat/rooms', { kind: 'public', title: 'Salon' }), 201).live_room;
    const enter = async (origin: string, person: typeof owner): Promise<Socket> => {
      const socket = await Socket.open(origin, { token: person.tokens.access_token });
      await socket.do('join', { room });
      return socket;
    };
    const here = await enter(lathe().origin, owner);
    const heard = (): string[] => here.received.filter((message) => message.type === 'presence' && message.account_id === guest.id).map((message) => message.state);
    const there = await enter(second.origin, guest);
    await eventually('the guest is seen', () => heard().length > 0);
    const late = await enter(lathe().origin, owner);
    const [told] = late.received.filter((message) => message.type === 'presence' && message.members);
    assert.deepEqual([...told?.members].sort(), [owner.id, guest.id].sort());

    const both = await enter(lathe().origin, guest);
    await there.close();
    const other = await enter(second.origin, guest);
    await both.close();
    await second.kill();
    await eventually('the guest is gone', () => heard().at(-1) === 'offline');
    assert.deepEqual(heard(), ['online', 'offline']);
    for (const socket of [here, late, other]) await socket.close();
  });

  test('what is said at one is heard at the other, once and in order, and long texts too', async () => {
    const second = await startSecond();
    const owner = await newPerson(lathe().api);
    const room = expectStatus(await owner.api.post('/chat/rooms', { kind: 'public', title: 'Lobby' }), 201);
    const watchers = await Promise.all([lathe().origin, second.origin].map((origin) => Socket.open(origin, { token: owner.tokens.access_token })));
    for (const watcher of watchers) await watcher.do('join', { room: room.live_room });
    const texts = Array.from({ length: 40 }, (_, i) => `${i} ${(i % 8 === 7 ? 'ü' : 'x').repeat(i % 8 === 7 ? 2000 : 10)}`);
    for (const text of texts) expectStatus(await owner.api.post(`/chat/rooms/${room.id}/messages`, { text }), 201);
    for (const watcher of watchers) {
      await watcher.until('the last text', (message) => message.type === 'message' && message.message?.text === texts.at(-1));
      const heard = watcher.received.filter((message) => message.type === 'message' && message.room === room.live_room);
      assert.deepEqual(heard.map((message) => message.message.text), texts);
      await watcher.close();
    }
    await second.stop();
  });
});
