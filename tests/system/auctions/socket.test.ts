// SPDX-License-Identifier: AGPL-3.0-or-later
// An auction over the socket: bids as commands, what watchers get, resuming without a gap, and the same as server-sent events.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectStatus, type Json } from '../../lib/api.ts';
import { bid, lotSettings, newLot, readLot } from '../../lib/auctions.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { newBuyer, newSeller } from '../../lib/shop.ts';
import { Socket } from '../../lib/socket.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('an auction on the socket', (engine) => {
  const lathe = useLathe({ engine, settings: lotSettings });
  let seller: Person;
  let anna: Person;
  let bert: Person;

  before(async () => {
    seller = await newSeller(lathe());
    anna = await newBuyer(lathe());
    bert = await newBuyer(lathe());
  });

  const open = (person?: Person): Promise<Socket> => Socket.open(lathe().origin, person ? { token: person.tokens.access_token } : {});
  const ofRoom = (socket: Socket, room: string): Json[] => socket.received.filter((message) => message.room === room && message.sequence > 0 && message.type !== 'snapshot');

  test('bids by command reach everybody who watches, in their order', async () => {
    const lot = await newLot(seller, { ends_in: 4_000, soft_close_ms: 60_000, extend_ms: 6_000 });
    const room = `auction:${lot.id}`;
    const watcher = await open();
    const bidder = await open(anna);
    await watcher.call('join', { room });
    const first = await bidder.call('bid', { auction_id: lot.id, amount: 1000, max_amount: 3000, key: 'one' });
    assert.equal(first.type, 'ok', JSON.stringify(first));
    assert.deepEqual([first.bidder, first.auction.price, first.auction.is_leading], [1, 1000, true]);
    const again = await bidder.call('bid', { auction_id: lot.id, amount: 1000, max_amount: 3000, key: 'one' });
    assert.equal(again.sequence, first.sequence);
    const low = await bidder.call('bid', { auction_id: lot.id, amount: 1000 });
    assert.deepEqual([low.type, low.problem.code], ['error', 'auctions.max_not_higher']);
    expectStatus(await bid(bert, lot.id, 5000), 201);
    await eventually('the watcher has both bids', () => ofRoom(watcher, room).length >= 2);
    const seen = ofRoom(watcher, room);
    assert.deepEqual(seen.map((message) => [message.type, message.sequence, message.bidder, message.price]), [['bid', 3, 1, 1000], ['bid', 4, 2, 3100]]);
    await eventually('the watcher knows of the extension', () => watcher.received.some((message) => message.type === 'extended'));
    await eventually('the end is told', () => ofRoom(watcher, room).some((message) => message.type === 'ended' && message.winner === 2 && message.opened === undefined), { within_ms: 150_000 });
    await watcher.close();
    await bidder.close();
  });

  test('a bid goes first under load, as by its route, and no other command does', async () => {
    const { code, output } = await lathe().run(['reference', 'socket']);
    assert.equal(code, 0, output);
    const first = output.split(/^## /m).filter((command) => /goes first/.test(command)).map((command) => command.split('\n')[0]);
    assert.deepEqual(first, ['bid']);
  });

  test('who joins again gets what it missed, and nothing twice', async () => {
    const lot = await newLot(seller);
    const room = `auction:${lot.id}`;
    expectStatus(await bid(anna, lot.id, 1000), 201);
    const one = await open();
    await one.call('join', { room });
    const snapshot = await eventually('a snapshot', () => one.received.find((message) => message.type === 'snapshot' && message.room === room));
    assert.equal(snapshot.sequence, 3);
    await one.close();
    for (const amount of [2000, 3000, 4000]) expectStatus(await bid(amount === 3000 ? anna : bert, lot.id, amount), 201);
    const two = await open();
    await two.call('join', { room, after_sequence: 3 });
    await eventually('the missed bids', () => ofRoom(two, room).length >= 3);
    assert.deepEqual(ofRoom(two, room).map((message) => [message.sequence, message.amount]), [[4, 2000], [5, 3000], [6, 4000]]);
    await two.close();
    assert.equal((await readLot(lathe().api, lot.id)).sequence, 6);
  });

  test('server-sent events begin with the state', async () => {
    const lot = await newLot(seller);
    const control = new AbortController();
    const response = await fetch(`${lathe().origin}/api/v1/auctions/${lot.id}/events`, { signal: control.signal });
    assert.equal(response.headers.get('content-type'), 'text/event-stream');
    const reader = response.body!.getReader();
    let text = '';
    const read = async (wanted: RegExp): Promise<void> => {
      while (!wanted.test(text)) {
        const { done, value } = await reader.read();
        assert.ok(!done, text);
        text += Buffer.from(value).toString();
      }
    };
    await read(/event: snapshot/);
    expectStatus(await bid(anna, lot.id, 1000), 201);
    await read(/event: bid/);
    assert.match(text, /id: 3/);
    control.abort();
  });
});
