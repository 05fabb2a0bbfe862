// SPDX-License-Identifier: AGPL-3.0-or-later
// Bids and auctions that are refused, each with its code, and none of them leaves a trace.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { makeProduct } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { bid, expectRefused, lotSettings, lotTerms, newLot, newProduct, readLot, soon } from '../../lib/auctions.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, newBuyer, newSeller } from '../../lib/shop.ts';

const NOBODY = '01890000-0000-7000-8000-000000000000';

eachEngine('what auctions refuse', (engine) => {
  const lathe = useLathe({ engine, settings: lotSettings });
  let seller: Person;
  let anna: Person;
  let lot: Json;

  before(async () => {
    seller = await newSeller(lathe());
    anna = await newBuyer(lathe());
    lot = await newLot(seller, {});
  });

  test('bids that cannot be', async () => {
    const bodies: [Json, string][] = [
      [{}, '/amount'],
      [{ amount: 0 }, '/amount'],
      [{ amount: -5 }, '/amount'],
      [{ amount: 1.5 }, '/amount'],
      [{ amount: '1000' }, '/amount'],
      [{ amount: 1_000_000_000_000_001 }, '/amount'],
      [{ amount: 2000, max_amount: 1999 }, '/max_amount'],
      [{ amount: 2000, max_amount: -1 }, '/max_amount'],
      [{ amount: 2000, currency: 'EUR' }, '/currency'],
      [{ amount: 2000, currency: 'XXXX' }, '/currency'],
      [{ amount: 2000, key: '' }, '/key'],
      [{ amount: 2000, bidder: 3 }, '/bidder'],
    ];
    for (const [body, pointer] of bodies) expectRefused(await anna.api.post(`/auctions/${lot.id}/bids`, body), pointer);
    assert.equal((await readLot(anna.api, lot.id)).sequence, lot.sequence);
  });

  test('bids by those who may not', async () => {
    expectProblem(await lathe().api.post(`/auctions/${lot.id}/bids`, { amount: 1000 }), 401, 'common.login_needed');
    expectProblem(await bid(seller, lot.id, 1000), 403, 'auctions.own_lot');
    expectProblem(await bid(anna, NOBODY, 1000), 404, 'common.not_found');
    for (const path of ['', '/bids', '/log', '/statistics', '/events']) expectProblem(await anna.api.get(`/auctions/${NOBODY}${path}`), 404, 'common.not_found');
    expectProblem(await anna.api.put(`/auctions/${NOBODY}/watch`), 404, 'common.not_found');
    expectProblem(await anna.api.post(`/auctions/${lot.id}/void`, { reason: 'because' }), 403, 'common.not_allowed');
  });

  test('bids that are too low say what would be enough', async () => {
    expectStatus(await bid(anna, lot.id, 1000, 1500), 201);
    const bert = await newBuyer(lathe());
    const refused = await bid(bert, lot.id, 1001);
    expectProblem(refused, 409, 'auctions.bid_too_low');
    assert.deepEqual([refused.body.least_amount, refused.body.currency], [1050, 'USD']);
    expectProblem(await bid(anna, lot.id, 1500), 409, 'auctions.max_not_higher');
    assert.equal((await readLot(bert.api, lot.id)).my, null);
  });

  test('the same bid said twice is taken once', async () => {
    const carl = await newBuyer(lathe());
    const again = await newLot(seller, {});
    const path = `/auctions/${again.id}/bids`;
    const first = expectStatus(await carl.api.post(path, { amount: 1000, key: 'a' }), 201);
    const second = expectStatus(await carl.api.post(path, { amount: 1000, key: 'a' }), 201);
    assert.deepEqual([second.sequence, second.receipt], [first.sequence, first.receipt]);
    expectRefused(await carl.api.post(path, { amount: 3000, key: 'a' }), '/key');
    const third = expectStatus(await carl.api.post(path, { amount: 1000, max_amount: 2000 }, { key: 'header' }), 201);
    const replayed = await carl.api.post(path, { amount: 1000, max_amount: 2000 }, { key: 'header' });
    assert.equal(expectStatus(replayed, 201).sequence, third.sequence);
    assert.equal((await readLot(carl.api, again.id)).bid_count, 2);
    const anna1 = expectStatus(await anna.api.post(path, { amount: 2500, key: 'a' }), 201);
    assert.equal(anna1.bidder, 2);
  });

  test('auctions that cannot be', async () => {
    const { id } = await newProduct(seller);
    const bodies: [Json, string][] = [
      [{ starting_price: 0 }, '/starting_price'],
      [{ starting_price: 1_000_000_000_001 }, '/starting_price'],
      [{ reserve_price: 999 }, '/reserve_price'],
      [{ buy_now_price: 1000 }, '/buy_now_price'],
      [{ buy_now_price: 2000, reserve_price: 3000 }, '/buy_now_price'],
      [{ bid_step: -1 }, '/bid_step'],
      [{ ends_at: soon(-1000) }, '/ends_at'],
      [{ ends_at: soon(500) }, '/ends_at'],
      [{ ends_at: soon(91 * 86_400_000) }, '/ends_at'],
      [{ starts_at: soon(120_000) }, '/ends_at'],
      [{ soft_close_ms: 1000, extend_ms: 0 }, '/extend_ms'],
      [{ soft_close_ms: 3_600_001 }, '/soft_close_ms'],
    ];
    for (const [more, pointer] of bodies) expectRefused(await seller.api.post('/auctions', lotTerms(id, more)), pointer);
    expectProblem(await seller.api.post('/auctions', lotTerms(NOBODY)), 404, 'common.not_found');
    expectProblem(await (await newSeller(lathe())).api.post('/auctions', lotTerms(id)), 403, 'common.forbidden');
    expectProblem(await anna.api.post('/auctions', lotTerms(id)), 403, 'common.not_allowed');
    const draft = await makeProduct(seller);
    expectRefused(await seller.api.post('/auctions', lotTerms(draft.id)), '/item_id');
    expectStatus(await seller.api.post('/auctions', lotTerms(id)), 201);
  });

  test('nothing of it is left behind', async () => expectSound(lathe()));
});

eachEngine('accounts that are not verified', (engine) => {
  const lathe = useLathe({ engine, settings: { ...lotSettings, LATHE_REQUIRE_VERIFIED_EMAIL: 'true' } });

  test('cannot bid', async () => {
    const buyer = await newBuyer(lathe());
    expectProblem(await bid(buyer, NOBODY, 1000), 403, 'identity.not_verified');
    expectProblem(await buyer.api.post(`/auctions/${NOBODY}/buy-now`), 403, 'identity.not_verified');
  });
});
