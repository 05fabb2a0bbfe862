// SPDX-License-Identifier: AGPL-3.0-or-later
// The room beside an auction, and what notifications make of names and direct messages.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { lotSettings, newLot } from '../../lib/auctions.ts';
import { unlimitedChat } from '../../lib/budgets.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { eventually } from '../../lib/wait.ts';
import { newPerson, openSocket, type Person, say } from './setting.ts';

eachEngine('chat beside auctions', (engine) => {
  const lathe = useLathe({ engine, settings: { ...lotSettings, ...unlimitedChat, LATHE_BUS_POLL: '50ms' } });

  const newAuction = async (seller: Person): Promise<string> => (await newLot(seller, { starts_in: 3_600_000, ends_in: 7_200_000 })).id;

  test('an auction has one room, which its seller owns and everybody hears', async () => {
    const [seller, bidder] = [await newPerson(lathe().api, 'seller'), await newPerson(lathe().api)];
    const lot = await newAuction(seller);
    const sockets = [await openSocket(lathe(), seller), await openSocket(lathe(), bidder), await openSocket(lathe())];
    for (const socket of sockets) assert.equal((await socket.do('join', { room: `chat:${lot}` })).room, `chat:${lot}`);
    const room = expectStatus(await lathe().api.get(`/chat/auctions/${lot}`), 200);
    assert.deepEqual([room.kind, room.auction_id, room.owner_id, room.live_room], ['auction', lot, seller.id, `chat:${lot}`]);
    assert.equal(room.title, expectStatus(await lathe().api.get(`/auctions/${lot}`), 200).title);
    await sockets[1]?.do('message', { room: `chat:${lot}`, text: 'is it mint?' });
    for (const socket of sockets) {
      const news = await socket.until('the question', (message) => message.type === 'message');
      assert.deepEqual([news.room, news.message.text, news.message.author_role], [`chat:${lot}`, 'is it mint?', 'member']);
    }
    await sockets[2]?.refused('join', { room: `room:${room.id}` }, 'common.not_found');
    assert.equal((await say(seller, room, 'as new')).author_role, 'owner');
    expectStatus(await seller.api.post(`/chat/rooms/${room.id}/sanctions`, { username: bidder.username, kind: 'mute', duration: '24h' }), 204);
    await sockets[1]?.refused('message', { room: `chat:${lot}`, text: 'really?' }, 'chat.muted');
    expectProblem(await seller.api.put(`/chat/rooms/${room.id}/members/${bidder.id}/role`, { role: 'owner' }), 403, 'chat.not_allowed');
    expectProblem(await lathe().api.get(`/chat/auctions/${randomUUID()}`), 404, 'common.not_found');
    for (const socket of sockets) await socket.close();
  });

  test('who is named and who is written to is notified', async () => {
    const [seller, bidder] = [await newPerson(lathe().api, 'seller'), await newPerson(lathe().api)];
    const room = expectStatus(await seller.api.get(`/chat/auctions/${await newAuction(seller)}`), 200);
    const socket = await openSocket(lathe(), bidder);
    await socket.do('join', { room: 'me' });
    await say(seller, room, `@${bidder.username} it is`);
    const conversation = expectStatus(await seller.api.post('/chat/direct', { account_id: bidder.id }), 200);
    await say(seller, conversation, 'shall I keep it for you?');
    await eventually('both are stored', async () => {
      const page = expectStatus(await bidder.api.get('/me/notifications'), 200);
      return page.items.map((item: Json) => item.kind).sort().join() === 'direct_message,mention';
    });
    await socket.until('a notification', (message) => message.type === 'notification');
    await socket.close();
  });
});
