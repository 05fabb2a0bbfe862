// SPDX-License-Identifier: AGPL-3.0-or-later
// After the end: who does not pay, second chances, closing, void auctions; licences as lots.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { bid, expectLogFits, lotSettings, lotTerms, newLot, newProduct, payWin, readLot, soon, untilStatus } from '../../lib/auctions.ts';
import { newOfficial } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { buy, expectSound, itemOf, license, newBuyer, newSeller, publishSpec } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('the sale of a lot', (engine) => {
  const lathe = useLathe({ engine, settings: { ...lotSettings, LATHE_AUCTION_PAY_WITHIN: '2s' } });
  let seller: Person;
  let anna: Person;
  let bert: Person;
  let admin: Person;

  before(async () => {
    seller = await newSeller(lathe());
    anna = await newBuyer(lathe());
    bert = await newBuyer(lathe());
    admin = await newOfficial(lathe(), 'admin');
  });

  const untilSale = (id: string, sale: string): Promise<Json> =>
    eventually(`the sale is ${sale}`, async () => {
      const lot = await readLot(seller.api, id);
      return lot.sale === sale ? lot : undefined;
    }, { within_ms: 150_000 });

  test('who does not pay loses it to the next, at that bidder\'s own maximum', async () => {
    const lot = await newLot(seller, { ends_in: 2_000 });
    expectStatus(await bid(anna, lot.id, 1000, 9000), 201);
    expectStatus(await bid(bert, lot.id, 2000, 4000), 201);
    expectProblem(await seller.api.post(`/auctions/${lot.id}/close`), 409, 'auctions.not_decided');
    const lapsed = await untilSale(lot.id, 'decide');
    assert.equal(lapsed.outcome, 'sold');
    assert.equal(expectStatus(await anna.api.get(`/orders/${lapsed.order_id}`), 200).status, 'cancelled');
    expectProblem(await (await newSeller(lathe())).api.post(`/auctions/${lot.id}/second-chance`), 403, 'common.forbidden');

    const offered = expectStatus(await seller.api.post(`/auctions/${lot.id}/second-chance`), 200);
    assert.equal(offered.sale, 'offered');
    const mine = await readLot(bert.api, lot.id);
    assert.equal((await readLot(anna.api, lot.id)).order_id, null);
    const order = expectStatus(await bert.api.get(`/orders/${mine.order_id}`), 200);
    assert.equal(order.total.amount, 4000);
    await payWin(bert, order.id);
    assert.equal((await readLot(seller.api, lot.id)).sale, 'paid');
    expectProblem(await seller.api.post(`/auctions/${lot.id}/second-chance`), 409, 'auctions.not_decided');
    expectProblem(await admin.api.post(`/auctions/${lot.id}/void`, { reason: 'too late' }), 409, 'auctions.closed');
    await expectLogFits(lathe(), lot.id);
  });

  test('nobody is next: the seller keeps the lot', async () => {
    const lot = await newLot(seller, { ends_in: 1_500 });
    expectStatus(await bid(anna, lot.id, 1000), 201);
    await untilSale(lot.id, 'decide');
    expectProblem(await seller.api.post(`/auctions/${lot.id}/second-chance`), 409, 'auctions.not_decided');
    assert.equal(expectStatus(await seller.api.post(`/auctions/${lot.id}/close`), 200).sale, 'closed');
    expectStatus(await seller.api.post('/auctions', lotTerms(lot.item_id)), 201);
  });

  test('a void auction says why, and its lot is free', async () => {
    const lot = await newLot(seller);
    expectStatus(await bid(anna, lot.id, 1000), 201);
    const gone = expectStatus(await admin.api.post(`/auctions/${lot.id}/void`, { reason: 'It is not what it says.' }), 200);
    assert.deepEqual([gone.status, gone.outcome, gone.void_reason], ['cancelled', 'voided', 'It is not what it says.']);
    expectProblem(await bid(bert, lot.id, 5000), 409, 'auctions.closed');
    expectProblem(await admin.api.post(`/auctions/${lot.id}/void`, { reason: 'again' }), 409, 'auctions.closed');
    expectStatus(await seller.api.post('/auctions', lotTerms(lot.item_id)), 201);
    assert.match(await expectLogFits(lathe(), lot.id), /voided/);
  });

  test('an auction may be made void after its end, while nothing is paid', async () => {
    const { id } = await newProduct(seller);
    const lot = await untilStatus(seller.api, expectStatus(await seller.api.post('/auctions', lotTerms(id, { ends_at: soon(1_300) })), 201).id, 'live');
    expectStatus(await bid(anna, lot.id, 1000), 201);
    const ended = await untilStatus(anna.api, lot.id, 'ended');
    expectStatus(await admin.api.post(`/auctions/${lot.id}/void`, { reason: 'Shill bids.' }), 200);
    const order = expectStatus(await anna.api.get(`/orders/${ended.order_id}`), 200);
    assert.equal(order.status, 'cancelled');
    await expectLogFits(lathe(), lot.id);
  });

  test('an exclusive licence is a lot, and not for sale meanwhile', async () => {
    const spec = await publishSpec(seller, { licenses: [license('basic', 1999), license('exclusive', 49_900, ['mp3', 'wav'])] });
    const terms = lotTerms(spec.id, { license_option_id: spec.option('exclusive').id, ends_at: soon(1_800) });
    expectProblem(await seller.api.post('/auctions', { ...terms, license_option_id: spec.option('basic').id }), 422, 'common.invalid');
    const lot = await untilStatus(seller.api, expectStatus(await seller.api.post('/auctions', terms), 201).id, 'live');
    assert.equal(lot.lot_kind, 'license');
    expectProblem(await seller.api.post('/auctions', { ...terms, ends_at: soon(60_000) }), 409, 'auctions.lot_taken');
    expectProblem(await bert.api.post('/orders', { items: [itemOf(spec, 'exclusive')], provider: 'test' }), 409, 'catalog.option_closed');
    expectStatus(await bid(anna, lot.id, 5000), 201);
    const ended = await untilStatus(anna.api, lot.id, 'ended');
    const paid = await payWin(anna, ended.order_id);
    assert.ok(paid.items[0].license_id);
    assert.equal((await readLot(seller.api, lot.id)).sale, 'paid');
  });

  test('an auction is void when the same recording is sold exclusively elsewhere', async () => {
    const licenses = [license('exclusive', 49_900, ['mp3', 'wav'])];
    const spec = await publishSpec(seller, { licenses });
    const twin = await publishSpec(seller, { licenses }, spec.wav);
    const terms = lotTerms(spec.id, { license_option_id: spec.option('exclusive').id, ends_in: 3_600_000 });
    const lot = await untilStatus(seller.api, expectStatus(await seller.api.post('/auctions', terms), 201).id, 'live');
    expectStatus(await bid(anna, lot.id, 5000), 201);
    await buy(bert, [itemOf(twin, 'exclusive')]);
    const gone = await untilStatus(anna.api, lot.id, 'cancelled');
    assert.deepEqual([gone.outcome, gone.void_reason, gone.order_id], ['voided', 'the exclusive licence was sold elsewhere', null]);
    expectProblem(await bid(bert, lot.id, 9000), 409, 'auctions.closed');
    expectProblem(await seller.api.post(`/auctions/${lot.id}/relist`, { ends_at: soon(3_600_000) }), 409, 'auctions.not_decided');
    expectProblem(await seller.api.post('/auctions', terms), 422, 'common.invalid');
    assert.match(await expectLogFits(lathe(), lot.id), /void/);
  });

  test('a winner whose licence is sold elsewhere before it is paid pays nothing', async () => {
    const licenses = [license('exclusive', 49_900, ['mp3', 'wav'])];
    const spec = await publishSpec(seller, { licenses });
    const twin = await publishSpec(seller, { licenses }, spec.wav);
    const lot = expectStatus(await seller.api.post('/auctions', lotTerms(spec.id, { license_option_id: spec.option('exclusive').id, ends_in: 3_600_000, buy_now_price: 20_000 })), 201);
    await untilStatus(seller.api, lot.id, 'live');
    expectStatus(await anna.api.post(`/auctions/${lot.id}/buy-now`), 201);
    const { order_id } = await readLot(anna.api, lot.id);
    await buy(bert, [itemOf(twin, 'exclusive')]);
    const refused = await anna.api.post('/payments/verify', { order_id, outcome: 'succeed' });
    assert.ok(['licensing.exclusive_sold', 'orders.wrong_state'].includes(refused.body.code), refused.text);
    assert.notEqual((await untilSale(lot.id, 'decide')).sale, 'paid');
  });

  test('a licence that nobody bid for is offered again', async () => {
    const spec = await publishSpec(seller, { licenses: [license('exclusive', 49_900, ['mp3', 'wav'])] });
    const terms = lotTerms(spec.id, { license_option_id: spec.option('exclusive').id });
    const first = expectStatus(await seller.api.post('/auctions', { ...terms, ends_at: soon(1_300) }), 201);
    assert.equal((await untilStatus(seller.api, first.id, 'ended')).outcome, 'no_bids');
    const order = await buy(bert, [itemOf(spec, 'exclusive')]);
    assert.equal(order.status, 'paid');
    expectProblem(await seller.api.post('/auctions', terms), 422, 'common.invalid');
  });

  test('everything holds together', async () => expectSound(lathe()));
});
