// SPDX-License-Identifier: AGPL-3.0-or-later
// Messages over HTTP: written, edited, deleted, answered, searched; reactions, pins, what is read; texts that are refused.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { unlimitedChat } from '../../lib/budgets.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { sql } from '../../lib/leftovers.ts';
import { history, invite, newPerson, newRoom, type Person, reactions, say, THUMB } from './setting.ts';

eachEngine('messages of chat', (engine) => {
  const lathe = useLathe({ engine, settings: unlimitedChat });
  let owner: Person;
  let guest: Person;

  before(async () => {
    owner = await newPerson(lathe().api);
    guest = await newPerson(lathe().api);
  });

  test('history is paged before and after a message', async () => {
    const room = await newRoom(owner);
    const written: Json[] = [];
    for (const text of ['one', 'two', 'three', 'four']) written.push(await say(owner, room, text));
    assert.deepEqual(await history(lathe().api, room, { limit: 3 }), ['four', 'three', 'two']);
    assert.deepEqual(await history(guest.api, room, { before: written[1].id }), ['one']);
    assert.deepEqual(await history(guest.api, room, { after: written[0].id, limit: 2 }), ['two', 'three']);
    const page = expectStatus(await guest.api.get(`/chat/rooms/${room.id}/messages`, { query: { limit: 3 } }), 200);
    assert.equal(page.next_cursor, written[1].id);
    expectViolations(await guest.api.get(`/chat/rooms/${room.id}/messages`, { query: { before: written[0].id, after: written[1].id } }), 'common.invalid', ['/after conflict']);
    expectViolations(await guest.api.get(`/chat/rooms/${room.id}/messages`, { query: { before: randomUUID() } }), 'common.invalid', ['/before cursor']);
  });

  test('a thread is read from any of its messages', async () => {
    const room = await newRoom(owner);
    const root = await say(owner, room, 'root');
    const reply = await say(guest, room, 'reply', { reply_to: root.id });
    const deeper = await say(owner, room, 'deeper', { reply_to: reply.id });
    assert.equal(deeper.thread_id, root.id);
    const thread = expectStatus(await guest.api.get(`/chat/messages/${deeper.id}/replies`), 200);
    assert.deepEqual(thread.items.map((message: Json) => message.text), ['reply', 'deeper']);
    assert.equal(expectStatus(await guest.api.get(`/chat/messages/${root.id}`), 200).reply_count, 2);
    expectViolations(await guest.api.post(`/chat/rooms/${room.id}/messages`, { text: 'x', reply_to: randomUUID() }), 'common.invalid', ['/reply_to unknown']);
  });

  test('a message is edited for fifteen minutes, and says what it said before', async () => {
    const room = await newRoom(owner);
    const message = await say(guest, room, 'helo');
    const path = `/chat/messages/${message.id}`;
    const edited = expectStatus(await guest.api.patch(path, { text: 'hello' }), 200);
    assert.equal(edited.text, 'hello');
    assert.notEqual(edited.edited_at, null);
    assert.deepEqual(expectStatus(await owner.api.get(`${path}/edits`), 200).items.map((item: Json) => item.text), ['helo']);
    expectProblem(await owner.api.patch(path, { text: 'mine' }), 403, 'chat.not_allowed');
    await sql(lathe(), `update chat_message set created_at = created_at - 15 * 60000000 where text = 'hello'`);
    expectProblem(await guest.api.patch(path, { text: 'too late' }), 409, 'chat.too_late');
  });

  test('what is deleted keeps its place and nothing else', async () => {
    const room = await newRoom(owner);
    const message = await say(guest, room, 'regret this');
    expectStatus(await owner.api.put(reactions(message, THUMB)), 204);
    assert.equal((await owner.api.delete(`/chat/messages/${message.id}`)).status, 204);
    assert.equal((await guest.api.delete(`/chat/messages/${message.id}`)).status, 204);
    const view = expectStatus(await guest.api.get(`/chat/messages/${message.id}`), 200);
    assert.deepEqual([view.text, view.reactions, view.author.username], ['', [], guest.username]);
    assert.notEqual(view.deleted_at, null);
    assert.deepEqual(expectStatus(await guest.api.get(`/chat/rooms/${room.id}/search`, { query: { q: 'regret' } }), 200).items, []);
    for (const refused of [await guest.api.patch(`/chat/messages/${message.id}`, { text: 'back' }), await guest.api.put(reactions(message, THUMB))]) {
      expectProblem(refused, 410, 'chat.deleted');
    }
    expectProblem(await guest.api.delete(`/chat/messages/${(await say(owner, room, 'mine')).id}`), 403, 'chat.not_allowed');
  });

  test('one reacts once with each emoji, to a limit', async () => {
    const room = await newRoom(owner);
    const message = await say(owner, room, 'nice');
    for (const person of [owner, guest, guest]) expectStatus(await person.api.put(reactions(message, '\u2764\uFE0F')), 204);
    expectStatus(await guest.api.put(reactions(message, '\u2764')), 204);
    let view = expectStatus(await guest.api.get(`/chat/messages/${message.id}`), 200);
    assert.deepEqual(view.reactions, [{ emoji: '\u2764\uFE0F', count: 2 }]);
    assert.deepEqual(view.own_reactions, ['\u2764\uFE0F']);
    assert.equal((await guest.api.delete(reactions(message, '\u2764'))).status, 204);
    view = expectStatus(await owner.api.get(`/chat/messages/${message.id}`), 200);
    assert.deepEqual(view.reactions, [{ emoji: '\u2764\uFE0F', count: 1 }]);
    for (const wrong of ['x', ':)', THUMB + THUMB, '1']) expectProblem(await guest.api.put(reactions(message, wrong)), 422, 'chat.not_emoji');
    for (let i = 1; i < 20; i++) expectStatus(await owner.api.put(reactions(message, String.fromCodePoint(0x1f600 + i))), 204);
    expectProblem(await guest.api.put(reactions(message, THUMB)), 409, 'chat.too_many_reactions');
  });

  test('pins are set by owner and moderators, to a limit', async () => {
    const room = await newRoom(owner);
    const message = await say(guest, room, 'the rules');
    expectProblem(await guest.api.put(`/chat/messages/${message.id}/pin`), 403, 'chat.not_allowed');
    expectStatus(await owner.api.put(`/chat/messages/${message.id}/pin`), 204);
    const pins = expectStatus(await lathe().api.get(`/chat/rooms/${room.id}/pins`), 200);
    assert.deepEqual(pins.items.map((item: Json) => [item.text, item.is_pinned]), [['the rules', true]]);
    for (let i = 1; i < 50; i++) expectStatus(await owner.api.put(`/chat/messages/${(await say(owner, room, `${i}`)).id}/pin`), 204);
    expectProblem(await owner.api.put(`/chat/messages/${(await say(owner, room, 'more')).id}/pin`), 409, 'chat.too_many_pins');
    assert.equal((await owner.api.delete(`/chat/messages/${message.id}/pin`)).status, 204);
  });

  test('a search finds all the words, in its room alone', async () => {
    const room = await newRoom(owner);
    await say(owner, room, 'Café at noon');
    await say(owner, room, 'the cafeteria');
    await say(owner, await newRoom(owner), 'another café at noon');
    const found = async (q: string): Promise<string[]> => expectStatus(await guest.api.get(`/chat/rooms/${room.id}/search`, { query: { q } }), 200).items.map((item: Json) => item.text);
    assert.deepEqual(await found('CAFE'), ['the cafeteria', 'Café at noon']);
    assert.deepEqual(await found('noon cafe'), ['Café at noon']);
    assert.deepEqual(await found(`" or '*`), []);
  });

  test('unread messages are counted until they are read', async () => {
    const room = await newRoom(owner, 'private');
    await invite(owner, room, guest);
    const messages = [await say(owner, room, 'a'), await say(owner, room, 'b')];
    const unread = async (): Promise<number> => expectStatus(await guest.api.get('/chat/rooms'), 200).items.find((item: Json) => item.id === room.id).membership.unread;
    assert.equal(await unread(), 2);
    expectStatus(await guest.api.put(`/chat/rooms/${room.id}/read`, { message_id: messages[0].id }), 204);
    assert.equal(await unread(), 1);
    expectStatus(await guest.api.put(`/chat/rooms/${room.id}/read`, { message_id: messages[1].id }), 204);
    expectStatus(await guest.api.put(`/chat/rooms/${room.id}/read`, { message_id: messages[0].id }), 204);
    assert.equal(await unread(), 0);
    const members = expectStatus(await owner.api.get(`/chat/rooms/${room.id}/members`), 200).items;
    assert.equal(members.find((item: Json) => item.person.account_id === guest.id).read_sequence, messages[1].sequence);
    expectStatus(await guest.api.post(`/chat/rooms/${room.id}/typing`, { is_typing: true }), 204);
  });

  test('the same message sent again is one, by its key and by its client_id', async () => {
    const room = await newRoom(owner);
    const key = randomUUID();
    const sent = [1, 2].map(() => owner.api.post(`/chat/rooms/${room.id}/messages`, { text: 'once' }, { key }));
    const [first, second] = (await Promise.all(sent)).filter((reply) => reply.status === 201);
    if (second) assert.equal(second.body.id, first?.body.id);
    const client_id = randomUUID();
    const one = await say(owner, room, 'twice', { client_id });
    const two = await say(owner, room, 'twice', { client_id });
    assert.equal(one.id, two.id);
    assert.deepEqual(await history(owner.api, room), ['twice', 'once']);
    expectProblem(await owner.api.post(`/chat/rooms/${(await newRoom(owner)).id}/messages`, { text: 'twice', client_id }), 409, 'common.conflict');
  });

  test('texts are composed, trimmed and refused when there is nothing to see or nothing to show', async () => {
    const room = await newRoom(owner);
    const path = `/chat/rooms/${room.id}/messages`;
    assert.equal((await say(owner, room, '  cafe\u0301\n')).text, 'caf\u00e9');
    assert.equal((await say(owner, room, 'x'.repeat(4000))).text.length, 4000);
    expectViolations(await owner.api.post(path, { text: 'x'.repeat(4001) }), 'common.invalid', ['/text max_length']);
    for (const text of ['\u0007', 'a\u0000b', 'a\u001b[31mred', '\u202Edesrever', '\u0085']) {
      expectViolations(await owner.api.post(path, { text }), 'common.invalid', ['/text characters']);
    }
    for (const text of [' \n ', '\u200B\u00A0']) expectViolations(await owner.api.post(path, { text }), 'common.invalid', ['/text min_length']);
    expectViolations(await owner.api.post(path, { text: '' }), 'common.invalid', ['/text min_length']);
    assert.equal((await owner.api.post(path, { text: 'x'.repeat(100_000) })).status, 413);
    assert.equal((await lathe().api.post(path, { text: 'nobody' })).status, 401);
    assert.equal((await history(owner.api, room)).length, 2);
  });
});
