// SPDX-License-Identifier: AGPL-3.0-or-later
// A win whose payment the provider ends, before it was taken or after: the lot is there again, and its seller has the choice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { bid, expectLogFits, lotSettings, lotTerms, newLot, readLot, soon, untilStatus } from '../../lib/auctions.ts';
import { newMerchant } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, license, newBuyer, newSeller, publishSpec, shopSettings } from '../../lib/shop.ts';
import { StripeStandIn } from '../../lib/stripe_stand_in.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('wins whose payment falls through', (engine) => {
  let stripe: StripeStandIn;
  const lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    return { engine, settings: { ...shopSettings, ...lotSettings, ...stripe.settings, LATHE_BUS_POLL: '50ms' } };
  });
  let seller: Person;
  let anna: Person;
  let bert: Person;

  before(async () => {
    [seller, anna, bert] = [await newMerchant(lathe().api), await newBuyer(lathe()), await newBuyer(lathe())];
  });
  after(() => stripe.stop());

  const address = { name: 'Lena Marsh', line1: 'Hafen 1', city: 'Leipzig', postal_code: '04109', country: 'DE' };
  const untilSale = (id: string, sale: string): Promise<Json> =>
    eventually(`the sale is ${sale}`, async () => {
      const lot = await readLot(seller.api, id);
      return lot.sale === sale ? lot : undefined;
    }, { within_ms: 60_000 });

  /** The winner's payment has begun: its intent at the provider. */
  async function begin(winner: Person, lot: Json): Promise<{ order_id: string; intent: string }> {
    const { order_id } = await readLot(winner.api, lot.id);
    if (lot.lot_kind === 'product') expectStatus(await winner.api.put(`/orders/${order_id}/address`, address), 200);
    const { payment } = expectStatus(await winner.api.post(`/orders/${order_id}/payment`, { provider: 'stripe', terms_accepted: true }), 200);
    return { order_id, intent: payment.payment_intent_id };
  }
  const verify = (winner: Person, order_id: string, intent: string) => winner.api.post('/payments/verify', { order_id, payment_intent_id: intent });

  async function pay(winner: Person, lot: Json): Promise<void> {
    const { order_id, intent } = await begin(winner, lot);
    stripe.authorise(intent);
    assert.equal(expectStatus(await verify(winner, order_id, intent), 200).status, 'paid');
  }

  /** The sale is decided, and then nothing can be collected: the provider lets the payment go. */
  async function fallThrough(winner: Person, lot: Json): Promise<void> {
    const { order_id, intent } = await begin(winner, lot);
    stripe.authorise(intent);
    stripe.fail({ method: 'POST', path: /\/capture$/, status: 500 });
    expectStatus(await verify(winner, order_id, intent), 200);
    assert.equal((await readLot(seller.api, lot.id)).sale, 'paid');
    const event = stripe.cancelByHand(intent);
    assert.equal(await stripe.send(lathe().origin, event), 200);
    await untilSale(lot.id, 'decide');
    assert.equal(expectStatus(await winner.api.get(`/orders/${order_id}`), 200).status, 'failed');
  }

  test('ended before it was taken: the seller chooses', async () => {
    const lot = await newLot(seller, { buy_now_price: 25_000, ends_in: 3_600_000 });
    expectStatus(await anna.api.post(`/auctions/${lot.id}/buy-now`), 201);
    const { order_id, intent } = await begin(anna, lot);
    assert.equal(await stripe.send(lathe().origin, stripe.cancelByHand(intent)), 200);
    await untilSale(lot.id, 'decide');
    assert.equal(expectStatus(await anna.api.get(`/orders/${order_id}`), 200).status, 'failed');
    assert.equal(expectStatus(await seller.api.post(`/auctions/${lot.id}/close`), 200).sale, 'closed');
    assert.equal(expectStatus(await seller.api.get(`/products/${lot.item_id}`), 200).stock, 1);
  });

  test('ended after it was taken: the product is held again, and the next bidder has a chance', async () => {
    const lot = await newLot(seller, { reserve_price: 20_000, buy_now_price: 25_000, ends_in: 3_600_000 });
    expectStatus(await bert.api.post(`/auctions/${lot.id}/bids`, { amount: 1000, max_amount: 9000 }), 201);
    expectStatus(await anna.api.post(`/auctions/${lot.id}/buy-now`), 201);
    await fallThrough(anna, lot);
    const product = expectStatus(await seller.api.get(`/products/${lot.item_id}`), 200);
    assert.deepEqual([product.status, product.stock, product.held_count], ['active', 0, 1]);
    const kinds = expectStatus(await seller.api.get(`/products/${lot.item_id}/stock/movements`), 200).items.map((row: Json) => row.kind);
    assert.deepEqual(kinds, ['unsale', 'sale', 'hold', 'in']);
    assert.equal(expectStatus(await seller.api.post(`/auctions/${lot.id}/second-chance`), 200).sale, 'offered');
    await pay(bert, lot);
    assert.equal((await readLot(seller.api, lot.id)).sale, 'paid');
    assert.equal(expectStatus(await seller.api.get(`/products/${lot.item_id}`), 200).status, 'sold');
    await expectLogFits(lathe(), lot.id);
  });

  test('a licence comes back too, and can be listed again', async () => {
    const maker = await newSeller(lathe());
    const spec = await publishSpec(maker, { licenses: [license('basic', 1000), license('exclusive', 49_900, ['mp3', 'wav'])] });
    const terms = lotTerms(spec.id, { license_option_id: spec.option('exclusive').id, buy_now_price: 30_000, ends_in: 3_600_000 });
    const made = expectStatus(await maker.api.post('/auctions', terms), 201);
    const lot = await untilStatus(maker.api, made.id, 'live');
    expectStatus(await anna.api.post(`/auctions/${lot.id}/buy-now`), 201);
    await fallThrough(anna, lot);
    const again = expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200);
    assert.equal(again.status, 'published');
    expectProblem(await bert.api.post('/orders', { items: [{ spec_id: spec.id, license_option_id: spec.option('exclusive').id }], provider: 'test' }), 409, 'catalog.option_closed');
    const relisted = expectStatus(await maker.api.post(`/auctions/${lot.id}/relist`, { ends_at: soon(3_600_000) }), 201);
    await untilStatus(maker.api, relisted.id, 'live');
    expectStatus(await bid(bert, relisted.id, 1000), 201);
  });

  test('everything holds together', async () => expectSound(lathe()));
});
