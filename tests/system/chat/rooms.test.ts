// SPDX-License-Identifier: AGPL-3.0-or-later
// Rooms and who may do what in them: every role and act, invitations, handing over, conversations of two, blocks.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json, type Reply } from '../../lib/api.ts';
import { unlimitedChat } from '../../lib/budgets.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { sql } from '../../lib/leftovers.ts';
import { eventually } from '../../lib/wait.ts';
import { history, invite, newPerson, newRoom, newStaff, type Person, reactions, say, THUMB } from './setting.ts';

type Act = { name: string; run: (person: Person, room: Json, message: Json, subject: Person) => Promise<Reply> };

/** One call for each kind of act; `message` and `subject` are the room's owner's guest's. */
const acts: Act[] = [
  { name: 'see', run: (person, room) => person.api.get(`/chat/rooms/${room.id}`) },
  { name: 'read', run: (person, room) => person.api.get(`/chat/rooms/${room.id}/messages`) },
  { name: 'write', run: (person, room) => person.api.post(`/chat/rooms/${room.id}/messages`, { text: 'hello' }) },
  { name: 'react', run: (person, _room, message) => person.api.put(reactions(message, THUMB)) },
  { name: 'pin', run: (person, _room, message) => person.api.put(`/chat/messages/${message.id}/pin`) },
  { name: 'pace', run: (person, room) => person.api.patch(`/chat/rooms/${room.id}`, { slow_seconds: 0 }) },
  { name: 'rename', run: (person, room) => person.api.patch(`/chat/rooms/${room.id}`, { title: 'Lobby' }) },
  { name: 'log', run: (person, room) => person.api.get(`/chat/rooms/${room.id}/actions`) },
  { name: 'sanction', run: (person, room, _message, subject) => person.api.post(`/chat/rooms/${room.id}/sanctions`, { account_id: subject.id, kind: 'unmute' }) },
  { name: 'invite', run: (person, room, _message, subject) => person.api.post(`/chat/rooms/${room.id}/invitations`, { account_id: subject.id }) },
  { name: 'role', run: (person, room, _message, subject) => person.api.put(`/chat/rooms/${room.id}/members/${subject.id}/role`, { role: 'member' }) },
  { name: 'close', run: (person, room) => person.api.delete(`/chat/rooms/${room.id}`) },
];

/** In the order of acts: + done, - refused by the role, . the room is not there. */
const expected: Record<string, string> = {
  'outsider private': '............',
  'member private': '++++--------',
  'read_only private': '++----------',
  'moderator private': '++++++-+++--',
  'owner private': '++++++++++++',
  'visitor public': '++++--------',
  'member public': '++++--------',
  'read_only public': '++----------',
  'moderator public': '++++++-+++--',
  'staff public': '+++++++++--+',
  'staff private': '............',
  'owner public': '++++++++++++',
};

eachEngine('rooms of chat', (engine) => {
  const lathe = useLathe({ engine, settings: { ...unlimitedChat, LATHE_CHAT_ROOM_MEMBERS: '5', LATHE_CHAT_ROOMS_PER_ACCOUNT: '40' } });
  let staff: Person;

  before(async () => {
    staff = await newStaff(lathe(), 'moderator');
  });

  for (const [who, marks] of Object.entries(expected)) {
    test(`what a ${who} room's rules allow`, async () => {
      const [role, kind] = who.split(' ') as [string, 'public' | 'private'];
      const [owner, subject, other] = [await newPerson(lathe().api), await newPerson(lathe().api), await newPerson(lathe().api)];
      const room = await newRoom(owner, kind);
      await invite(owner, room, subject);
      const message = await say(subject, room, 'here');
      const person = role === 'owner' ? owner : role === 'staff' ? staff : other;
      if (['member', 'read_only', 'moderator'].includes(role)) {
        await invite(owner, room, person);
        expectStatus(await owner.api.put(`/chat/rooms/${room.id}/members/${person.id}/role`, { role }), 204);
      }
      const found: string[] = [];
      for (const act of acts) {
        const { status } = await act.run(person, room, message, subject);
        found.push(status < 300 ? '+' : status === 403 ? '-' : status === 404 ? '.' : `${act.name} ${status}`);
      }
      assert.equal(found.join(''), marks, acts.map((act) => act.name).join(' '));
    });
  }

  test('public rooms are listed for everybody, private ones for their members', async () => {
    const owner = await newPerson(lathe().api);
    const [open, closed] = [await newRoom(owner, 'public', { title: 'Open' }), await newRoom(owner, 'private', { title: 'Closed', topic: 'Secrets', slow_seconds: 5 })];
    const ids = async (path: string, api = owner.api): Promise<string[]> => expectStatus(await api.get(path, { query: { limit: 100 } }), 200).items.map((item: Json) => item.id);
    assert.ok((await ids('/chat/rooms/public', lathe().api)).includes(open.id));
    assert.ok(!(await ids('/chat/rooms/public')).includes(closed.id));
    await say(owner, open, 'most active');
    assert.deepEqual(await ids('/chat/rooms'), [open.id, closed.id]);
    const first = expectStatus(await owner.api.get('/chat/rooms', { query: { limit: 1 } }), 200);
    const second = expectStatus(await owner.api.get('/chat/rooms', { query: { limit: 1, cursor: first.next_cursor } }), 200);
    assert.deepEqual([second.items[0].id, second.next_cursor], [closed.id, null]);
    assert.deepEqual([closed.topic, closed.slow_seconds, closed.membership.role], ['Secrets', 5, 'owner']);
    expectViolations(await owner.api.get('/chat/rooms', { query: { cursor: 'x' } }), 'common.invalid', ['/cursor cursor']);
    expectViolations(await owner.api.post('/chat/rooms', { kind: 'direct', title: '' }), 'common.invalid', ['/kind enum', '/title min_length']);
  });

  test('an invitation is accepted or declined', async () => {
    const [owner, guest] = [await newPerson(lathe().api), await newPerson(lathe().api)];
    const room = await newRoom(owner, 'private');
    expectProblem(await guest.api.post(`/chat/rooms/${room.id}/join`), 404, 'common.not_found');
    for (let i = 0; i < 2; i++) {
      expectStatus(await owner.api.post(`/chat/rooms/${room.id}/invitations`, { account_id: guest.id }), 204);
      assert.equal(expectStatus(await guest.api.get(`/chat/rooms/${room.id}`), 200).membership.state, 'invited');
      expectProblem(await guest.api.get(`/chat/rooms/${room.id}/messages`), 403, 'chat.not_allowed');
      assert.equal((await guest.api.post(`/chat/rooms/${room.id}/leave`)).status, 204);
      expectProblem(await guest.api.get(`/chat/rooms/${room.id}`), 404, 'common.not_found');
    }
    await invite(owner, room, guest);
    assert.equal(expectStatus(await guest.api.get(`/chat/rooms/${room.id}/members`), 200).items.length, 2);
    expectViolations(await owner.api.post(`/chat/rooms/${room.id}/invitations`, {}), 'common.invalid', ['/account_id required']);
    expectProblem(await owner.api.post(`/chat/rooms/${room.id}/invitations`, { username: 'nobody-of-this-name' }), 404, 'common.not_found');
  });

  test('an owner hands the room over before leaving it', async () => {
    const [owner, heir] = [await newPerson(lathe().api), await newPerson(lathe().api)];
    const room = await newRoom(owner, 'private');
    expectProblem(await owner.api.post(`/chat/rooms/${room.id}/leave`), 409, 'chat.owner_stays');
    await invite(owner, room, heir);
    expectProblem(await owner.api.put(`/chat/rooms/${room.id}/members/${owner.id}/role`, { role: 'member' }), 422, 'chat.oneself');
    expectStatus(await owner.api.put(`/chat/rooms/${room.id}/members/${heir.id}/role`, { role: 'owner' }), 204);
    const view = expectStatus(await owner.api.get(`/chat/rooms/${room.id}`), 200);
    assert.deepEqual([view.owner_id, view.membership.role], [heir.id, 'moderator']);
    assert.equal((await owner.api.post(`/chat/rooms/${room.id}/leave`)).status, 204);
    expectStatus(await heir.api.delete(`/chat/rooms/${room.id}`), 204);
    expectProblem(await heir.api.post(`/chat/rooms/${room.id}/messages`, { text: 'anybody?' }), 409, 'chat.closed');
    assert.deepEqual(await history(heir.api, room), []);
  });

  test('rooms and accounts have their limits', async () => {
    const owner = await newPerson(lathe().api);
    const room = await newRoom(owner, 'private');
    for (let i = 0; i < 4; i++) await invite(owner, room, await newPerson(lathe().api));
    const late = await newPerson(lathe().api);
    expectStatus(await owner.api.post(`/chat/rooms/${room.id}/invitations`, { account_id: late.id }), 204);
    expectProblem(await late.api.post(`/chat/rooms/${room.id}/join`), 409, 'chat.room_full');
    for (let i = 0; i < 39; i++) await newRoom(owner);
    expectProblem(await owner.api.post('/chat/rooms', { title: 'One more' }), 409, 'chat.too_many_rooms');
  });

  test('a conversation is one from both sides, and nobody else finds it', async () => {
    const [one, two, other] = [await newPerson(lathe().api), await newPerson(lathe().api), await newPerson(lathe().api)];
    const room = expectStatus(await one.api.post('/chat/direct', { username: two.username }), 200);
    assert.equal(expectStatus(await two.api.post('/chat/direct', { account_id: one.id }), 200).id, room.id);
    assert.equal(room.partner.username, two.username);
    await say(one, room, 'psst');
    const listed = expectStatus(await two.api.get('/chat/direct'), 200).items;
    assert.deepEqual(listed.map((item: Json) => [item.id, item.partner.account_id, item.membership.unread]), [[room.id, one.id, 1]]);
    for (const person of [other, staff]) expectProblem(await person.api.get(`/chat/rooms/${room.id}`), 404, 'common.not_found');
    expectProblem(await one.api.post('/chat/direct', { account_id: one.id }), 422, 'chat.oneself');
    expectProblem(await one.api.post('/chat/direct', { account_id: randomUUID() }), 404, 'common.not_found');
    expectProblem(await one.api.post(`/chat/rooms/${room.id}/leave`), 403, 'chat.not_allowed');
    const events = await sql(lathe(), `select payload from event where type = 'chat.direct.received'`);
    assert.ok(events.some(([payload]) => JSON.parse(payload ?? '{}').excerpt === 'psst'));
  });

  test('who is blocked neither writes, invites nor names', async () => {
    const [one, two] = [await newPerson(lathe().api), await newPerson(lathe().api)];
    const [room, hall] = [expectStatus(await one.api.post('/chat/direct', { account_id: two.id }), 200), await newRoom(one)];
    const mentions = async (): Promise<number> => (await sql(lathe(), `select payload from event where type = 'chat.message.mentioned'`)).filter(([payload]) => JSON.parse(payload ?? '{}').account_id === two.id).length;
    await say(one, hall, `hello @${two.username}, and @${two.username.toUpperCase()} again`);
    assert.equal(await mentions(), 1);
    expectStatus(await two.api.put(`/chat/blocks/${one.id}`), 204);
    expectProblem(await two.api.put(`/chat/blocks/${two.id}`), 422, 'chat.oneself');
    expectProblem(await two.api.put(`/chat/blocks/${randomUUID()}`), 404, 'common.not_found');
    for (const person of [one, two]) expectProblem(await person.api.post(`/chat/rooms/${room.id}/messages`, { text: 'hello?' }), 403, 'chat.blocked');
    expectProblem(await one.api.post(`/chat/rooms/${hall.id}/invitations`, { account_id: two.id }), 403, 'chat.blocked');
    await say(one, hall, `hello @${two.username}`);
    assert.equal(await mentions(), 1);
    assert.deepEqual(expectStatus(await two.api.get('/chat/blocks'), 200).items.map((item: Json) => item.username), [one.username]);
    expectStatus(await two.api.delete(`/chat/blocks/${one.id}`), 204);
    await say(one, room, 'friends again');
  });

  test('who leaves for good leaves texts without a name', async () => {
    const [owner, gone] = [await newPerson(lathe().api), await newPerson(lathe().api)];
    const room = await newRoom(owner);
    const pair = expectStatus(await gone.api.post('/chat/direct', { account_id: owner.id }), 200);
    const message = await say(gone, room, 'remember me');
    const exported = expectStatus(await gone.api.get('/me/export'), 200);
    assert.deepEqual(exported.chat.messages.map((item: Json) => item.text), ['remember me']);
    expectStatus(await gone.api.delete('/me', { body: { password: gone.password } }), 204);
    const view = expectStatus(await owner.api.get(`/chat/messages/${message.id}`), 200);
    assert.deepEqual([view.text, view.author], ['remember me', null]);
    expectProblem(await owner.api.post(`/chat/rooms/${pair.id}/messages`, { text: 'hello?' }), 409, 'chat.closed');
    await eventually('lathe check finds nothing', async () => (await lathe().run(['check'])).code === 0);
  });

  test('a new name is shown with old messages', async () => {
    const owner = await newPerson(lathe().api);
    const room = await newRoom(owner);
    await say(owner, room, 'before');
    expectStatus(await owner.api.patch('/me', { display_name: 'Nadia the Second' }), 200);
    const page = expectStatus(await owner.api.get(`/chat/rooms/${room.id}/messages`), 200);
    assert.equal(page.items[0].author.name, 'Nadia the Second');
  });
});
