// SPDX-License-Identifier: AGPL-3.0-or-later
// Chat over the socket: commands, what others hear, resuming without a gap or a duplicate, the chat token, bad input.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { unlimitedChat } from '../../lib/budgets.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { refusedSocket, Socket } from '../../lib/socket.ts';
import { eventually } from '../../lib/wait.ts';
import { history, invite, newPerson, newRoom, openSocket, type Person, reactions, say, THUMB } from './setting.ts';

const inStream = (socket: Socket, room: string): Json[] => socket.received.filter((message) => message.room === room && message.sequence !== undefined && message.type !== 'snapshot');

eachEngine('chat on the socket', (engine) => {
  const lathe = useLathe({ engine, settings: unlimitedChat });
  let one: Person;
  let two: Person;

  before(async () => {
    one = await newPerson(lathe().api);
    two = await newPerson(lathe().api);
  });

  test('two people talk, and each hears everything once and in order', async () => {
    const room = await newRoom(one, 'private');
    await invite(one, room, two);
    const sockets = [await openSocket(lathe(), one), await openSocket(lathe(), two)] as const;
    for (const socket of sockets) await socket.do('join', { room: room.live_room });
    const { message } = await sockets[0].do('message', { room: room.live_room, text: 'hello' });
    assert.equal(message.author.username, one.username);
    const reply = (await sockets[1].do('message', { room: room.live_room, text: 'hi', reply_to: message.id })).message;
    assert.equal(reply.thread_id, message.id);
    await sockets[0].do('edit', { message_id: message.id, text: 'hello!' });
    await sockets[1].do('react', { message_id: message.id, emoji: THUMB });
    await sockets[1].do('unreact', { message_id: message.id, emoji: THUMB });
    await sockets[1].do('delete', { message_id: reply.id });
    expectStatus(await one.api.put(`/chat/messages/${message.id}/pin`), 204);
    expectStatus(await one.api.put(`/chat/rooms/${room.id}/members/${two.id}/role`, { role: 'moderator' }), 204);
    expectStatus(await two.api.patch(`/chat/rooms/${room.id}`, { slow_seconds: 1 }), 200);
    for (const socket of sockets) await socket.until('the last change', (news) => news.type === 'room');
    const expected = ['message', 'message', 'edited', 'reaction', 'reaction', 'deleted', 'pinned', 'member', 'room'];
    for (const socket of sockets) {
      const stream = inStream(socket, room.live_room);
      assert.deepEqual(stream.map((news) => news.type), expected);
      assert.deepEqual(stream.map((news) => news.sequence), expected.map((_, i) => stream[0]?.sequence + i));
      assert.deepEqual([stream[2]?.message.text, stream[3]?.count, stream[4]?.count, stream[5]?.message.text, stream[8]?.details.slow_seconds], ['hello!', 1, 0, '', 1]);
    }
    await sockets[1].do('typing', { room: room.live_room });
    assert.equal((await sockets[0].until('typing', (news) => news.type === 'typing')).username, two.username);
    await sockets[0].do('read', { room: room.live_room, message_id: message.id });
    for (const socket of sockets) await socket.close();
  });

  test('what is read is shown to the other, and who is there', async () => {
    const sockets = [await openSocket(lathe(), one), await openSocket(lathe(), two)] as const;
    const joined = await sockets[0].do('join', { room: `direct:${two.id}` });
    await sockets[1].do('join', { room: `direct:${one.id}` });
    await sockets[0].until('the other comes', (news) => news.type === 'presence' && news.account_id === two.id && news.state === 'online');
    const { message } = await sockets[0].do('message', { room: `direct:${two.id}`, text: 'psst' });
    await sockets[1].until('the message', (news) => news.type === 'message' && news.message.id === message.id);
    await sockets[1].do('read', { room: joined.room, message_id: message.id });
    const receipt = await sockets[0].until('the receipt', (news) => news.type === 'read');
    assert.deepEqual([receipt.account_id, receipt.message_id, receipt.room], [two.id, message.id, joined.room]);
    await sockets[1].close();
    await sockets[0].until('the other goes', (news) => news.type === 'presence' && news.account_id === two.id && news.state === 'offline');
    await sockets[0].close();
  });

  test('a cut connection resumes without a gap or a duplicate', async () => {
    const room = await newRoom(one);
    const watcher = await openSocket(lathe());
    await watcher.do('join', { room: room.live_room });
    const first = await say(one, room, 'first');
    await watcher.until('the first', (news) => news.type === 'message');
    watcher.cut();
    const second = await say(one, room, 'second');
    expectStatus(await one.api.put(reactions(second, THUMB)), 204);
    expectStatus(await one.api.patch(`/chat/messages/${first.id}`, { text: 'first!' }), 200);
    const deleted = await say(one, room, 'gone');
    expectStatus(await one.api.delete(`/chat/messages/${deleted.id}`), 204);
    const again = await openSocket(lathe());
    const joined = await again.do('join', { room: room.live_room, after_sequence: first.sequence });
    await say(one, room, 'third');
    await again.until('the third', (news) => news.type === 'message' && news.message.text === 'third');
    const stream = inStream(again, room.live_room);
    assert.ok(!again.received.some((news) => news.type === 'snapshot'));
    assert.deepEqual(stream.map((news) => news.sequence), [2, 3, 4, 5, 6, 7]);
    assert.equal(joined.sequence, 6);
    assert.deepEqual(stream.map((news) => news.type), ['message', 'reaction', 'edited', 'message', 'deleted', 'message']);
    assert.equal(stream[3]?.message.text, '', 'what was deleted meanwhile is not told');
    await again.close();
  });

  test('who was away for long, or knows nothing, gets a snapshot with the last messages', async () => {
    const room = await newRoom(one);
    for (let i = 1; i <= 205; i++) await say(one, room, `${i}`);
    const socket = await openSocket(lathe());
    for (const after_sequence of [-1, 1]) {
      await socket.do('join', { room: room.live_room, after_sequence });
      const snapshot = await socket.until('a snapshot', (news) => news.type === 'snapshot');
      assert.equal(snapshot.sequence, 205);
      assert.deepEqual(snapshot.messages.map((message: Json) => message.text), Array.from({ length: 50 }, (_, i) => `${156 + i}`));
      socket.received.length = 0;
      await socket.do('leave', { room: room.live_room });
    }
    await socket.do('join', { room: room.live_room, after_sequence: 5 });
    await socket.until('the last missed', (news) => news.sequence === 205);
    assert.equal(inStream(socket, room.live_room).length, 200);
    await socket.close();
  });

  test('many at once: every acknowledged message is heard by all, once and in order', async () => {
    const room = await newRoom(one);
    const people = await Promise.all(Array.from({ length: 8 }, () => newPerson(lathe().api)));
    const sockets = await Promise.all(people.map((person) => openSocket(lathe(), person)));
    for (const socket of sockets) await socket.do('join', { room: room.live_room });
    await Promise.all(sockets.map(async (socket, who) => {
      for (let i = 0; i < 25; i++) await socket.do('message', { room: room.live_room, text: `${who}:${i}` });
    }));
    for (const socket of sockets) {
      await eventually('everything is heard', () => inStream(socket, room.live_room).length === 200);
      assert.deepEqual(inStream(socket, room.live_room).map((news) => news.sequence), Array.from({ length: 200 }, (_, i) => i + 1));
      await socket.close();
    }
    assert.equal((await history(one.api, room, { limit: 100 })).length, 100);
  });

  test('an acknowledged message survives kill -9, and sent again it is the same', async () => {
    const room = await newRoom(one);
    const client_id = randomUUID();
    const socket = await openSocket(lathe(), one);
    const { message } = await socket.do('message', { room: room.live_room, text: 'durable', client_id });
    await lathe().kill();
    await lathe().start();
    const again = await openSocket(lathe(), { ...one, api: lathe().api });
    assert.equal((await again.do('message', { room: room.live_room, text: 'durable', client_id })).message.id, message.id);
    assert.deepEqual(await history(lathe().api, room), ['durable']);
    await again.close();
    [one, two] = [one, two].map((person) => ({ ...person, api: lathe().api.as(person.tokens.access_token) })) as [Person, Person];
  });

  test('what one may not see cannot be joined, written to or touched', async () => {
    const room = await newRoom(one, 'private');
    const message = await say(one, room, 'secret');
    const conversation = expectStatus(await one.api.post('/chat/direct', { account_id: two.id }), 200);
    const stranger = await newPerson(lathe().api);
    const socket = await openSocket(lathe(), stranger);
    for (const name of [room.live_room, conversation.live_room, `room:${randomUUID()}`, `chat:${randomUUID()}`]) {
      await socket.refused('join', { room: name }, 'common.not_found');
      await socket.refused('message', { room: name, text: 'hello' }, 'common.not_found');
      await socket.refused('typing', { room: name }, 'common.not_found');
    }
    await socket.refused('edit', { message_id: message.id, text: 'x' }, 'common.not_found');
    await socket.refused('delete', { message_id: message.id }, 'common.not_found');
    await socket.refused('react', { message_id: message.id, emoji: THUMB }, 'common.not_found');
    await socket.refused('read', { room: room.live_room, message_id: message.id }, 'common.not_found');
    await socket.refused('join', { room: `direct:${stranger.id}` }, 'chat.oneself');
    await socket.refused('message', { room: 'nonsense', text: 'hello' }, 'common.not_found');
    const anonymous = await openSocket(lathe());
    await anonymous.refused('message', { room: (await newRoom(one)).live_room, text: 'hello' }, 'live.login_needed');
    await anonymous.refused('join', { room: `direct:${one.id}` }, 'live.login_needed');
    for (const each of [socket, anonymous]) await each.close();
  });

  test('bad input is refused with a code, and nothing is lost', async () => {
    const room = await newRoom(one);
    const socket = await openSocket(lathe(), one);
    await socket.do('join', { room: room.live_room });
    for (const text of ['\u0007', 'a\u0000b', '\u202Edesrever', '', 'x'.repeat(4001), 'x'.repeat(50_000)]) {
      await socket.refused('message', { room: room.live_room, text }, 'common.invalid');
    }
    await socket.refused('message', { room: room.live_room, text: ' \n ' }, 'common.invalid');
    await socket.refused('message', { room: room.live_room, text: 'x', html: true }, 'common.invalid');
    await socket.refused('react', { message_id: randomUUID(), emoji: 'not one' }, 'chat.not_emoji');
    await socket.do('message', { room: room.live_room, text: 'still here' });
    socket.send(JSON.stringify({ type: 'message', room: room.live_room, text: 'x'.repeat(100_000) }));
    assert.equal(await socket.closed(), 1009);
    assert.deepEqual(await history(one.api, room), ['still here']);
  });

  test('a chat token opens the socket and nothing else, and ends with its session', async () => {
    const person = await newPerson(lathe().api);
    const issued = expectStatus(await person.api.post('/chat/token'), 200);
    assert.deepEqual([issued.path, issued.protocol, issued.expires_in], ['/ws', 'lathe.v1', 60]);
    for (const path of ['/me', '/chat/rooms']) expectProblem(await lathe().api.as(issued.token).get(path), 401, 'identity.token_invalid');
    expectProblem(await lathe().api.as(issued.token).post('/chat/token'), 401, 'identity.token_invalid');
    const room = await newRoom(person, 'private');
    const sockets = [await Socket.open(lathe().origin, { token: issued.token }), await Socket.open(lathe().origin, { protocols: [`bearer.${issued.token}`] })];
    for (const socket of sockets) await socket.do('join', { room: room.live_room });
    assert.equal((await sockets[0]?.do('message', { room: room.live_room, text: 'hello' })).message.author.username, person.username);
    assert.equal(await refusedSocket(lathe().origin, { token: `${issued.token.slice(0, -2)}xx` }), 401);
    expectStatus(await person.api.post('/auth/logout'), 204);
    assert.equal(await refusedSocket(lathe().origin, { token: issued.token }), 401);
    for (const socket of sockets) assert.equal(await socket.closed(), 4001);
    expectProblem(await lathe().api.post('/chat/token'), 401, 'common.login_needed');
  });
});

eachEngine('a short-lived chat token', (engine) => {
  const lathe = useLathe({ engine, settings: { ...unlimitedChat, LATHE_CHAT_TOKEN_LIFETIME: '1s' } });

  test('is not good for long', async () => {
    const person = await newPerson(lathe().api);
    const { token } = expectStatus(await person.api.post('/chat/token'), 200);
    const status = await eventually('the token has expired', async () => {
      const found = await refusedSocket(lathe().origin, { token }).catch(() => 0);
      return found === 401 && found;
    });
    assert.equal(status, 401);
  });
});
