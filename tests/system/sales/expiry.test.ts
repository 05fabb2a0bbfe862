// SPDX-License-Identifier: AGPL-3.0-or-later
// Orders that nobody paid in time, and payments that come too late.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, itemOf, license, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { StripeStandIn } from '../../lib/stripe_stand_in.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('orders expire', (engine) => {
  let stripe: StripeStandIn;
  const lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    return {
      engine,
      settings: { ...shopSettings, ...stripe.settings, LATHE_ORDER_EXPIRY: '1s', LATHE_DOWNLOAD_LINK_LIFETIME: '1s' },
    };
  });
  let buyer: Person;
  let spec: Spec;

  before(async () => {
    buyer = await newBuyer(lathe());
    spec = await publishSpec(await newSeller(lathe()), { licenses: [license('basic', 2000), license('premium', 0)] });
  });
  after(() => stripe.stop());

  const pastExpiry = (order: Json): Promise<boolean> =>
    eventually('the time has come', () => Date.now() > Date.parse(order.expires_at) + 10);

  test('a payment that comes too late is voided', async () => {
    const order = await placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
    // The order may be over before its reply is written, on a machine that is slow.
    const id = [...stripe.intents.values()].find((intent) => intent.metadata.order_id === order.id)?.id;
    await pastExpiry(order);
    const event = stripe.authorise(id);
    expectProblem(await buyer.api.post('/payments/verify', { order_id: order.id }), 410, 'orders.expired');
    assert.equal(await stripe.send(lathe().origin, event), 200);
    await eventually('the hold is let go', () => stripe.intent(id).status === 'canceled', { within_ms: 60_000 });
    const over = expectStatus(await buyer.api.get(`/orders/${order.id}`), 200);
    assert.equal(over.status, 'cancelled');
    assert.equal(over.failure.code, 'orders.expired');
  });

  test('an order that nobody paid is cancelled by itself, and its payment ended', async () => {
    const card = await placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
    const test_ = await placeOrder(buyer, [itemOf(spec, 'basic')]);
    for (const order of [card, test_]) {
      await eventually(
        'it is cancelled and voided',
        async () => {
          const now = expectStatus(await buyer.api.get(`/orders/${order.id}`), 200);
          return now.status === 'cancelled' && now.payment.status === 'voided';
        },
        { within_ms: 120_000, every_ms: 250 },
      );
    }
    const intents = [...stripe.intents.values()].filter((intent) => intent.metadata.order_id === card.id);
    assert.deepEqual(intents.map((intent) => intent.status), ['canceled']);
    expectProblem(await buyer.api.post('/payments/verify', { order_id: test_.id, outcome: 'succeed' }), 410, 'orders.expired');
  });

  test('a download link expires', async () => {
    const order = await placeOrder(buyer, [itemOf(spec, 'premium')]);
    const { files } = expectStatus(await buyer.api.get(`/licenses/${order.items[0].license_id}/downloads`), 200);
    await eventually('the link is old', () => Date.now() > Date.parse(files[0].expires_at) + 10);
    const url = new URL(files[0].url);
    expectProblem(await lathe().api.root('GET', url.pathname + url.search), 410, 'licensing.link_expired');
  });

  test('every check holds', () => expectSound(lathe()));
});
