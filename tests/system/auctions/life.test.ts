// SPDX-License-Identifier: AGPL-3.0-or-later
// The life of an auction: made, changed, bid for before and after the start, extended, ended, paid; its log says the same.
import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { bid, expectRefused, expectLogFits, lotSettings, lotTerms, newLot, newProduct, payWin, readLog, readLot, soon, untilStatus, verifyLog } from '../../lib/auctions.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, newBuyer, newSeller } from '../../lib/shop.ts';

eachEngine('an auction', (engine) => {
  const lathe = useLathe({ engine, settings: lotSettings });
  let seller: Person;
  let anna: Person;
  let bert: Person;

  before(async () => {
    seller = await newSeller(lathe());
    anna = await newBuyer(lathe());
    bert = await newBuyer(lathe());
  });

  test('from the first bid to the paid order', async () => {
    const lot = await newLot(seller, { ends_in: 4_000, reserve_price: 2000, buy_now_price: 9000 });
    assert.equal(lot.price, 1000);
    assert.equal(lot.reserve_met, false);
    assert.equal(lot.can_buy_now, true);
    assert.equal('reserve_price' in lot, false);

    const first = expectStatus(await bid(anna, lot.id, 1000, 3000), 201);
    assert.deepEqual([first.bidder, first.auction.price, first.auction.is_leading, first.auction.reserve_met], [1, 2000, true, true]);
    const second = expectStatus(await bid(bert, lot.id, 2050, 2500), 201);
    assert.deepEqual([second.bidder, second.auction.price, second.auction.is_leading], [2, 2600, false]);

    const shown = await readLot(bert.api, lot.id);
    assert.deepEqual([shown.leader, shown.price, shown.bid_count, shown.bidder_count, shown.my.maximum, shown.my.is_leading], [1, 2600, 2, 2, 2500, false]);
    assert.equal((await readLot(lathe().api, lot.id)).my, null);
    const bids = expectStatus(await lathe().api.get(`/auctions/${lot.id}/bids`), 200);
    assert.deepEqual(bids.items.map((one: Json) => [one.bidder, one.amount, one.price]), [[2, 2050, 2600], [1, 1000, 2000]]);

    const keys = expectStatus(await lathe().api.get('/auctions/receipt-key'), 200);
    const key = { key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(keys.public_key, 'base64').toString('base64url') }, format: 'jwk' as const };
    const receipt = first.receipt;
    const text = (sequence: number): Buffer => Buffer.from(`lathe-receipt:${lot.id}:${sequence}:${receipt.chain}`);
    assert.ok(verify(null, text(receipt.sequence), key, Buffer.from(receipt.signature, 'base64')));
    assert.ok(!verify(null, text(receipt.sequence + 1), key, Buffer.from(receipt.signature, 'base64')));

    const ended = await untilStatus(anna.api, lot.id, 'ended');
    assert.deepEqual([ended.outcome, ended.sale, ended.leader, ended.price], ['sold', 'offered', 1, 2600]);
    assert.equal(ended.ends_at, ended.planned_ends_at);
    expectProblem(await bid(bert, lot.id, 5000), 409, 'auctions.closed');
    assert.equal((await readLot(bert.api, lot.id)).order_id, null, 'the order is shown to somebody else');

    const order = expectStatus(await anna.api.get(`/orders/${ended.order_id}`), 200);
    assert.deepEqual(order.total, { amount: 2600, currency: 'USD' });
    await payWin(anna, order.id);
    assert.equal((await readLot(seller.api, lot.id)).sale, 'paid');
    const counts = expectStatus(await lathe().api.get(`/auctions/${lot.id}/statistics`), 200);
    assert.deepEqual([counts.bids, counts.bidders, counts.watchers, counts.revenue.amount], [2, 2, 2, 2600]);

    const { events } = await readLog(lathe().api, lot.id);
    assert.deepEqual(events.map((event) => event.kind), ['created', 'started', 'bid', 'bid', 'ended']);
    assert.deepEqual(events.at(-1).opened.map((one: Json) => [one.bidder, one.maximum]), [[1, 3000], [2, 2500]]);
    assert.equal(events.at(-1).reserve.price, 2000);
    assert.match(await expectLogFits(lathe(), lot.id), /sold to bidder 1 for 26\.00 USD/);
  });

  test('pre-bids are judged at the start; the seller may change the terms until then', async () => {
    const lot = await newLot(seller, { starts_in: 1_500, ends_in: 60_000 });
    const path = `/auctions/${lot.id}`;
    expectStatus(await bid(anna, lot.id, 1000, 1500), 201);
    expectStatus(await bid(bert, lot.id, 1000, 2000), 201);
    expectProblem(await bid(anna, lot.id, 1000, 1500), 409, 'auctions.max_not_higher');
    expectProblem(await bid(anna, lot.id, 999, 1500), 409, 'auctions.bid_too_low');
    expectProblem(await bid(seller, lot.id, 1000), 403, 'auctions.own_lot');
    expectStatus(await bid(anna, lot.id, 1000, 2500), 201);
    expectProblem(await anna.api.post(`${path}/buy-now`), 409, 'auctions.buy_now_gone');
    expectProblem(await anna.api.call('PATCH', path, { body: { bid_step: 10 } }), 403, 'common.not_allowed');
    expectRefused(await seller.api.call('PATCH', path, { body: { reserve_price: 10 } }), '/reserve_price');
    const changed = expectStatus(await seller.api.call('PATCH', path, { body: { bid_step: 70, starting_price: 1200 } }), 200);
    assert.deepEqual([changed.bid_step, changed.starting_price], [70, 1200]);
    assert.equal((await readLot(anna.api, lot.id)).my.maximum, 2500);

    const live = await untilStatus(lathe().api, lot.id, 'live');
    assert.deepEqual([live.leader, live.price, live.bid_count, live.least_bid], [1, 2070, 2, 2140]);
    expectProblem(await seller.api.call('PATCH', path, { body: { bid_step: 10 } }), 409, 'auctions.started');
    expectProblem(await seller.api.post(`${path}/cancel`), 409, 'auctions.started');
    const { events } = await readLog(lathe().api, lot.id);
    assert.deepEqual(events.map((event) => event.kind), ['created', 'prebid', 'prebid', 'prebid', 'changed', 'started']);
    assert.deepEqual(events[5].judged, [{ bidder: 2, accepted: true }, { bidder: 1, accepted: true }]);
    assert.equal(events[5].at, Date.parse(lot.starts_at) * 1000 + Number(lot.starts_at.slice(23, 26)));
  });

  test('a late bid moves the end; sudden death does not', async () => {
    const lot = await newLot(seller, { ends_in: 2_500, soft_close_ms: 60_000, extend_ms: 4_000 });
    const sudden = await newLot(seller, { ends_in: 2_500 });
    const reply = expectStatus(await bid(anna, lot.id, 1000), 201);
    expectStatus(await bid(anna, sudden.id, 1000), 201);
    assert.ok(Date.parse(reply.auction.ends_at) > Date.parse(lot.ends_at));
    const closed = await untilStatus(lathe().api, sudden.id, 'ended');
    assert.equal(closed.ends_at, sudden.ends_at);
    assert.equal((await readLot(anna.api, lot.id)).status, 'live');
    expectStatus(await bid(bert, lot.id, 2000), 201);
    const ended = await untilStatus(lathe().api, lot.id, 'ended');
    assert.ok(Date.parse(ended.ends_at) >= Date.parse(reply.auction.ends_at));
    const counts = expectStatus(await lathe().api.get(`/auctions/${lot.id}/statistics`), 200);
    assert.ok(counts.extensions_ms > 0);
    await expectLogFits(lathe(), lot.id);
    await expectLogFits(lathe(), sudden.id);
  });

  test('buying at once ends it', async () => {
    const lot = await newLot(seller, { buy_now_price: 5000, reserve_price: 3000 });
    expectStatus(await bid(bert, lot.id, 1000, 2000), 201);
    expectProblem(await seller.api.post(`/auctions/${lot.id}/buy-now`), 403, 'auctions.own_lot');
    const bought = expectStatus(await anna.api.post(`/auctions/${lot.id}/buy-now`), 201);
    assert.deepEqual([bought.auction.status, bought.auction.price, bought.auction.leader], ['ended', 5000, 2]);
    expectProblem(await bert.api.post(`/auctions/${lot.id}/buy-now`), 409, 'auctions.buy_now_gone');
    const order = expectStatus(await anna.api.get(`/orders/${(await readLot(anna.api, lot.id)).order_id}`), 200);
    assert.equal(order.total.amount, 5000);
    assert.match(await expectLogFits(lathe(), lot.id), /sold to bidder 2 for 50\.00 USD/);
  });

  test('an unsold lot is free again, and may be listed again', async () => {
    const lot = await newLot(seller, { ends_in: 2_000, reserve_price: 90_000 });
    expectStatus(await bid(anna, lot.id, 1000, 2000), 201);
    const ended = await untilStatus(seller.api, lot.id, 'ended');
    assert.deepEqual([ended.outcome, ended.sale, ended.order_id], ['reserve_not_met', 'none', null]);
    expectProblem(await seller.api.post(`/auctions/${lot.id}/second-chance`), 409, 'auctions.not_decided');
    expectProblem(await anna.api.post(`/auctions/${lot.id}/relist`, { ends_at: soon(60_000) }), 403, 'common.not_allowed');
    const again = expectStatus(await seller.api.post(`/auctions/${lot.id}/relist`, { ends_at: soon(60_000) }), 201);
    assert.notEqual(again.id, lot.id);
    assert.deepEqual([again.item_id, again.starting_price], [lot.item_id, 1000]);
    assert.equal((await readLot(seller.api, lot.id)).relisted_id, again.id);
    expectProblem(await seller.api.post(`/auctions/${lot.id}/relist`, { ends_at: soon(60_000) }), 409, 'auctions.not_decided');
    await expectLogFits(lathe(), lot.id);
  });

  test('a lot is auctioned once at a time', async () => {
    const { id } = await newProduct(seller);
    const lot = expectStatus(await seller.api.post('/auctions', lotTerms(id, { starts_at: soon(30_000) })), 201);
    expectProblem(await seller.api.post('/auctions', lotTerms(id)), 409, 'goods.out_of_stock');
    assert.equal(expectStatus(await seller.api.post(`/auctions/${lot.id}/cancel`), 200).status, 'cancelled');
    expectStatus(await seller.api.post('/auctions', lotTerms(id)), 201);
    await expectLogFits(lathe(), lot.id);
  });

  test('lists: status, seller, words, ending soon, watched, own', async () => {
    const lot = await newLot(seller, { ends_in: 20_000 }, { title: 'Блюз harmonica in A' });
    const list = async (api: Person['api'], query: Record<string, string | number | boolean>): Promise<string[]> =>
      expectStatus(await api.get('/auctions', { query }), 200).items.map((item: Json) => item.id);
    assert.deepEqual(await list(lathe().api, { q: 'блюз harm' }), [lot.id]);
    assert.deepEqual(await list(lathe().api, { q: 'harmonica блюз' }), []);
    for (const q of ['monica', 'люз', 'л mon', 'IN a', 'юз a', 'h']) assert.ok((await list(lathe().api, { q })).includes(lot.id), q);
    for (const q of ['harmonicas', 'monica люз', 'harminica']) assert.deepEqual(await list(lathe().api, { q }), [], q);
    assert.deepEqual(await list(lathe().api, { q: 'monica', status: 'live', sort: 'ending_soon' }), [lot.id]);
    assert.deepEqual(await list(lathe().api, { item: lot.item_id, status: 'live' }), [lot.id]);
    assert.equal((await list(lathe().api, { sort: 'ending_soon', limit: 1 }))[0], lot.id);
    expectProblem(await lathe().api.get('/auctions', { query: { watched: true } }), 401, 'common.unauthenticated');
    assert.ok(!(await list(anna.api, { watched: true })).includes(lot.id));
    for (let i = 0; i < 2; i++) expectStatus(await anna.api.put(`/auctions/${lot.id}/watch`), 204);
    assert.ok((await list(anna.api, { watched: true })).includes(lot.id));
    assert.equal((await readLot(anna.api, lot.id)).my.is_watching, true);
    for (let i = 0; i < 2; i++) expectStatus(await anna.api.call('DELETE', `/auctions/${lot.id}/watch`), 204);
    assert.ok(!(await list(anna.api, { watched: true })).includes(lot.id));
    expectStatus(await bid(anna, lot.id, 1000), 201);
    assert.ok((await list(anna.api, { bidding: true })).includes(lot.id));
    assert.ok((await list(seller.api, { selling: true, seller: anna.id })).includes(lot.id));
    const all = await list(lathe().api, { seller: seller.id, limit: 100 });
    const paged: string[] = [];
    let cursor: string | undefined;
    do {
      const page = expectStatus(await lathe().api.get('/auctions', { query: { seller: seller.id, limit: 2, cursor } }), 200);
      paged.push(...page.items.map((item: Json) => item.id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    assert.deepEqual(paged, all);
    expectRefused(await lathe().api.get('/auctions', { query: { cursor: 'x' } }), '/cursor');
  });

  test('who watches is reminded, who is outbid is told', async () => {
    const lot = await newLot(seller, { ends_in: 60_000 });
    expectStatus(await bid(anna, lot.id, 1000), 201);
    expectStatus(await bid(bert, lot.id, 1500), 201);
    const events = async (): Promise<string> => (await readLog(lathe().api, lot.id)).text;
    assert.match(await events(), /"bid/);
    assert.equal((await readLot(anna.api, lot.id)).sequence, 4);
  });

  test('a changed log does not pass', async () => {
    const lot = await newLot(seller, { ends_in: 2_000 });
    expectStatus(await bid(anna, lot.id, 1000, 3000), 201);
    expectStatus(await bid(bert, lot.id, 2000), 201);
    await untilStatus(lathe().api, lot.id, 'ended');
    const flipped = await verifyLog(lathe(), lot.id, (text) => text.replace('\\"amount\\":2000', '\\"amount\\":2001'));
    assert.equal(flipped.code, 1);
    assert.match(flipped.output, /BROKEN {2}event 4: the chain is broken here/);
    const torn = await verifyLog(lathe(), lot.id, (text) => text.slice(0, -10));
    assert.equal(torn.code, 1);
    assert.match(torn.output, /is no log of an auction/);
    assert.equal((await lathe().run(['auction', 'verify', '/nowhere'])).code, 2);
    assert.equal((await lathe().run(['auction'])).code, 2);
  });

  test('everything holds together, and can be made anew from the events', async () => {
    await expectSound(lathe());
    const { code, output } = await lathe().run(['rebuild', 'auctions.state']);
    assert.equal(code, 0, output);
    await expectSound(lathe());
  });
});
