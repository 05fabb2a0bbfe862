// SPDX-License-Identifier: AGPL-3.0-or-later
// Moderation: slow mode, mutes, kicks and bans with their times, the log, reports and their queue, refused words, budgets.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { unlimitedChat } from '../../lib/budgets.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { sql } from '../../lib/leftovers.ts';
import { history, invite, newPerson, newRoom, newStaff, openSocket, type Person, say } from './setting.ts';

const HOUR_US = 3_600_000_000;

eachEngine('moderation of chat', (engine) => {
  const lathe = useLathe({ engine, settings: unlimitedChat });
  let owner: Person;
  let staff: Person;

  before(async () => {
    owner = await newPerson(lathe().api);
    staff = await newStaff(lathe(), 'moderator');
  });

  const sanction = (person: Person, room: Json, target: Person, kind: string, duration = '1h') =>
    person.api.post(`/chat/rooms/${room.id}/sanctions`, { account_id: target.id, kind, duration, reason: 'as an example' });
  /** As if the time had passed. */
  const endSanctions = (hours: number) =>
    sql(lathe(), `update chat_member set muted_until = muted_until - ${hours * HOUR_US}, banned_until = banned_until - ${hours * HOUR_US} where coalesce(muted_until, banned_until) < 250000000000000000`);

  test('slow mode makes members wait, and not moderators', async () => {
    const [room, member] = [await newRoom(owner), await newPerson(lathe().api)];
    expectStatus(await owner.api.patch(`/chat/rooms/${room.id}`, { slow_seconds: 600 }), 200);
    await say(member, room, 'first');
    const refused = await member.api.post(`/chat/rooms/${room.id}/messages`, { text: 'second' });
    expectProblem(refused, 429, 'chat.slow_mode');
    assert.ok(Number(refused.headers.get('retry-after')) > 590);
    await say(owner, room, 'owners');
    await say(owner, room, 'go on');
    await sql(lathe(), 'update chat_member set posted_at = posted_at - 600000000 where posted_at is not null');
    await say(member, room, 'second');
  });

  test('a mute ends with its time, or when it is taken back', async () => {
    const [room, member] = [await newRoom(owner), await newPerson(lathe().api)];
    const message = await say(member, room, 'hm');
    for (const end of [() => endSanctions(1), () => sanction(owner, room, member, 'unmute')]) {
      expectStatus(await sanction(owner, room, member, 'mute'), 204);
      const problem = expectProblem(await member.api.post(`/chat/rooms/${room.id}/messages`, { text: 'but' }), 403, 'chat.muted');
      assert.ok(Date.parse((problem as Json).until) > Date.now() + 3_000_000);
      expectProblem(await member.api.patch(`/chat/messages/${message.id}`, { text: 'but' }), 403, 'chat.muted');
      await end();
      await say(member, room, 'thanks');
    }
  });

  test('bans last an hour, a day, a week or for good', async () => {
    for (const [duration, hours] of Object.entries({ '1h': 1, '24h': 24, '7d': 168, for_good: 100_000 })) {
      const [room, member] = [await newRoom(owner), await newPerson(lathe().api)];
      await say(member, room, 'hello');
      expectStatus(await sanction(owner, room, member, 'ban', duration), 204);
      for (const path of ['', '/messages', '/members', '/pins']) expectProblem(await member.api.get(`/chat/rooms/${room.id}${path}`), 403, 'chat.banned');
      expectProblem(await member.api.post(`/chat/rooms/${room.id}/join`), 403, 'chat.banned');
      await endSanctions(hours);
      const after = await member.api.post(`/chat/rooms/${room.id}/messages`, { text: 'back' });
      if (duration === 'for_good') expectProblem(after, 403, 'chat.banned');
      else expectStatus(after, 201);
      expectStatus(await sanction(owner, room, member, 'unban'), 204);
      await say(member, room, 'again');
    }
  });

  test('who is kicked may come back to an open room, and not to a private one', async () => {
    const member = await newPerson(lathe().api);
    const [open, closed] = [await newRoom(owner), await newRoom(owner, 'private')];
    await say(member, open, 'hello');
    await invite(owner, closed, member);
    for (const room of [open, closed]) expectStatus(await sanction(owner, room, member, 'kick'), 204);
    expectStatus(await member.api.post(`/chat/rooms/${open.id}/join`), 200);
    expectProblem(await member.api.post(`/chat/rooms/${closed.id}/join`), 404, 'common.not_found');
  });

  test('one deals with lower roles only, and the log says who did what', async () => {
    const [room, one, two] = [await newRoom(owner), await newPerson(lathe().api), await newPerson(lathe().api)];
    const message = await say(owner, room, 'mine');
    for (const person of [one, two]) {
      await say(person, room, 'hello');
      expectStatus(await owner.api.put(`/chat/rooms/${room.id}/members/${person.id}/role`, { role: 'moderator' }), 204);
    }
    expectProblem(await sanction(one, room, two, 'kick'), 403, 'chat.outranked');
    expectProblem(await sanction(one, room, owner, 'mute'), 403, 'chat.outranked');
    expectProblem(await sanction(one, room, one, 'unmute'), 422, 'chat.oneself');
    expectProblem(await one.api.delete(`/chat/messages/${message.id}`), 403, 'chat.outranked');
    expectProblem(await sanction(staff, room, owner, 'ban'), 403, 'chat.outranked');
    expectStatus(await sanction(staff, room, two, 'mute'), 204);
    expectStatus(await one.api.delete(`/chat/messages/${(await say(await newPerson(lathe().api), room, 'spam')).id}`), 204);
    expectViolations(await owner.api.post(`/chat/rooms/${room.id}/sanctions`, { account_id: one.id, kind: 'close' }), 'common.invalid', ['/kind enum']);
    const log = expectStatus(await one.api.get(`/chat/rooms/${room.id}/actions`), 200).items;
    assert.deepEqual(log.map((item: Json) => [item.kind, item.actor_id]), [['delete', one.id], ['mute', staff.id], ['role', owner.id], ['role', owner.id]]);
    const page = expectStatus(await staff.api.get('/chat/actions', { query: { limit: 2 } }), 200);
    assert.equal(expectStatus(await staff.api.get('/chat/actions', { query: { limit: 1, cursor: page.next_cursor } }), 200).items[0].kind, 'role');
    expectProblem(await one.api.get('/chat/actions'), 403, 'common.not_allowed');
  });

  test('the queue holds reports with their text, and a decision reaches into private rooms', async () => {
    const [room, author] = [await newRoom(owner, 'private'), await newPerson(lathe().api)];
    await invite(owner, room, author);
    const [bad, fine] = [await say(author, room, 'bad words'), await say(author, room, 'a joke')];
    const report = (message: Json, person = owner) => person.api.post(`/chat/messages/${message.id}/reports`, { reason: 'abuse', note: 'please look' });
    expectProblem(await report(bad, author), 422, 'chat.oneself');
    expectProblem(await report(bad, await newPerson(lathe().api)), 404, 'common.not_found');
    for (const message of [bad, bad, fine]) expectStatus(await report(message), 204);
    const queue = async (query = {}): Promise<Json[]> => expectStatus(await staff.api.get('/chat/reports', { query: { limit: 100, ...query } }), 200).items.filter((item: Json) => item.room_id === room.id);
    const open = await queue();
    assert.deepEqual(open.map((item) => [item.text, item.reporter_id, item.decision]), [['bad words', owner.id, null], ['a joke', owner.id, null]]);
    expectProblem(await staff.api.get(`/chat/rooms/${room.id}`), 404, 'common.not_found');
    expectProblem(await owner.api.get('/chat/reports'), 403, 'common.not_allowed');
    const decide = (item: Json, decision: string) => staff.api.post(`/chat/reports/${item.id}/decision`, { decision, duration: '7d', reason: 'rule 1' });
    expectStatus(await decide(open[0] as Json, 'delete_and_ban'), 204);
    expectProblem(await decide(open[0] as Json, 'dismiss'), 409, 'common.conflict');
    expectStatus(await decide(open[1] as Json, 'dismiss'), 204);
    assert.deepEqual(await history(owner.api, room), ['a joke', '']);
    expectProblem(await author.api.get(`/chat/rooms/${room.id}`), 404, 'common.not_found');
    assert.deepEqual((await queue({ is_decided: true })).map((item) => item.decision), ['dismiss', 'delete_and_ban']);
    assert.deepEqual(await queue(), []);
    expectProblem(await report(bad), 410, 'chat.deleted');
    const own = await say(owner, await newRoom(owner), 'mine');
    expectStatus(await author.api.post(`/chat/messages/${own.id}/reports`, { reason: 'spam' }), 204);
    const last = (await staff.api.get('/chat/reports')).body.items[0];
    expectProblem(await staff.api.post(`/chat/reports/${last.id}/decision`, { decision: 'delete_and_mute' }), 403, 'chat.outranked');
  });

  test('refused words are refused in every room from then on', async () => {
    const admin = await newStaff(lathe(), 'admin');
    const room = await newRoom(owner);
    await say(owner, room, 'what a swindle');
    expectStatus(await admin.api.put(`/chat/words/${encodeURIComponent('Swíndle')}`), 204);
    expectStatus(await admin.api.put(`/chat/words/${encodeURIComponent('cheap pills')}`), 204);
    assert.deepEqual(expectStatus(await admin.api.get('/chat/words'), 200).items.map((item: Json) => item.word), ['cheap pills', 'swindle']);
    for (const text of ['what a SWINDLE!', 'buy cheap\npills']) expectProblem(await owner.api.post(`/chat/rooms/${room.id}/messages`, { text }), 422, 'chat.word_refused');
    await say(owner, room, 'swindlers, cheap and pills');
    expectStatus(await admin.api.delete('/chat/words/SWINDLE'), 204);
    await say(owner, room, 'what a swindle');
    expectProblem(await owner.api.put('/chat/words/x'), 403, 'common.not_allowed');
    expectViolations(await admin.api.put('/chat/words/!!'), 'common.invalid', ['/word characters']);
  });

  test('who is thrown out stops hearing the room at once', async () => {
    const [room, member] = [await newRoom(owner), await newPerson(lathe().api)];
    await say(member, room, 'hello');
    const socket = await openSocket(lathe(), member);
    await socket.do('join', { room: room.live_room });
    expectStatus(await sanction(owner, room, member, 'ban'), 204);
    assert.equal((await socket.until('the end', (message) => message.type === 'left')).code, 'chat.banned');
    await socket.refused('join', { room: room.live_room }, 'chat.banned');
    await socket.refused('message', { room: room.live_room, text: 'but' }, 'chat.banned');
    await say(owner, room, 'quiet now');
    await socket.do('ping');
    assert.ok(!socket.received.some((message) => message.type === 'message' && message.message.text === 'quiet now'));
    await socket.close();
  });
});

eachEngine('budgets of chat', (engine) => {
  const lathe = useLathe({
    engine,
    settings: { LATHE_CHAT_MESSAGES_PER_MINUTE: '1', LATHE_CHAT_MESSAGE_BURST: '3', LATHE_CHAT_ROOMS_PER_HOUR: '2', LATHE_CHAT_REPORTS_PER_HOUR: '1', LATHE_CHAT_CONVERSATIONS_PER_HOUR: '24', LATHE_CHAT_JOINS_PER_HOUR: '12', LATHE_CHAT_REACTIONS_PER_MINUTE: '1' },
  });

  test('what goes too fast has to wait', async () => {
    const [owner, fast] = [await newPerson(lathe().api), await newPerson(lathe().api)];
    const [room, other] = [await newRoom(owner), await newRoom(owner)];
    expectProblem(await owner.api.post('/chat/rooms', { title: 'Third' }), 429, 'chat.too_fast');
    const message = await say(owner, room, 'hello');
    for (let i = 0; i < 3; i++) await say(fast, room, `${i}`);
    const refused = await fast.api.post(`/chat/rooms/${other.id}/messages`, { text: 'one more' });
    expectProblem(refused, 429, 'chat.too_fast');
    assert.ok(Number(refused.headers.get('retry-after')) > 30);
    expectStatus(await fast.api.post(`/chat/messages/${message.id}/reports`, { reason: 'spam' }), 204);
    expectProblem(await fast.api.post(`/chat/messages/${message.id}/reports`, { reason: 'spam' }), 429, 'chat.too_fast');
    expectStatus(await fast.api.post(`/chat/rooms/${other.id}/join`), 200);
    expectProblem(await fast.api.post(`/chat/rooms/${other.id}/join`), 429, 'chat.too_fast');
    const people = [owner, await newPerson(lathe().api), await newPerson(lathe().api)];
    const statuses: number[] = [];
    for (const person of people) statuses.push((await fast.api.post('/chat/direct', { account_id: person.id })).status);
    assert.deepEqual(statuses, [200, 200, 429]);
  });
});
