// SPDX-License-Identifier: AGPL-3.0-or-later
// Many buyers for one exclusive licence: one wins, the rest are made whole.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, type Json, type Reply } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, itemOf, license, newBuyers, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { StripeStandIn } from '../../lib/stripe_stand_in.ts';
import { eventually } from '../../lib/wait.ts';

const BUYERS = 500;
const CARDS = 40;

eachEngine('a race for an exclusive licence', (engine) => {
  let stripe: StripeStandIn;
  const lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    return { engine, settings: { ...shopSettings, ...stripe.settings, LATHE_ACCESS_LOG: 'off', LATHE_LOOPS: '4' } };
  });
  let seller: Person;
  let buyers: Person[];

  before(async () => {
    seller = await newSeller(lathe());
    buyers = await newBuyers(lathe(), BUYERS);
  });
  after(() => stripe.stop());

  const recording = (): Promise<Spec> =>
    publishSpec(seller, { licenses: [license('basic', 500), license('exclusive', 90000, ['mp3', 'wav'])] });

  /** One paid; each of the others was told why not, has nothing and owes nothing. */
  const judge = async (spec: Spec, orders: Json[], replies: Reply[]): Promise<void> => {
    const winners = replies.filter((reply) => reply.status === 200);
    assert.equal(winners.length, 1, `${winners.length} buyers won`);
    for (const reply of replies) if (reply.status !== 200) expectProblem(reply, 409, 'licensing.exclusive_sold');
    for (const [i, order] of orders.entries()) {
      if (replies[i]?.status === 200) continue;
      const lost = await eventually('the loser is made whole', async () => {
        const now = expectStatus(await buyers[i]!.api.get(`/orders/${order.id}`), 200);
        return now.payment.status === 'voided' && now;
      }, { within_ms: 60_000 });
      assert.equal(lost.status, 'failed');
      assert.equal(lost.failure.code, 'licensing.exclusive_sold');
    }
    const sales = expectStatus(await seller.api.get('/orders/sales', { query: { limit: 100 } }), 200).items;
    assert.equal(sales.filter((sale: Json) => sale.spec_id === spec.id && sale.license_type === 'exclusive').length, 1);
  };

  test(`${BUYERS} buyers pay at once: one wins`, async () => {
    const spec = await recording();
    const orders = await Promise.all(buyers.map((buyer) => placeOrder(buyer, [itemOf(spec, 'exclusive')])));
    const replies = await Promise.all(
      buyers.map((buyer, i) => buyer.api.post('/payments/verify', { order_id: orders[i].id, outcome: 'succeed' })),
    );
    await judge(spec, orders, replies);
  });

  test(`${CARDS} cards, by client and webhook at once: one is captured, the others are let go`, async () => {
    const spec = await recording();
    const some = buyers.slice(0, CARDS);
    const orders = await Promise.all(some.map((buyer) => placeOrder(buyer, [itemOf(spec, 'exclusive')], { provider: 'stripe' })));
    const replies = await Promise.all(
      some.map(async (buyer, i) => {
        const event = stripe.authorise(orders[i].payment.payment_intent_id);
        const [reply] = await Promise.all([
          buyer.api.post('/payments/verify', { order_id: orders[i].id }),
          stripe.send(lathe().origin, event),
        ]);
        return reply;
      }),
    );
    await judge(spec, orders, replies);
    const states = orders.map((order) => stripe.intent(order.payment.payment_intent_id).status);
    assert.equal(states.filter((status) => status === 'succeeded').length, 1);
    assert.equal(states.filter((status) => status === 'canceled').length, CARDS - 1);
  });

  test('sales that leave the offer open go beside each other, and none goes after the exclusive one', async () => {
    const spec = await recording();
    const kinds = buyers.slice(0, 80).map((_, i) => (i % 4 === 0 ? 'exclusive' : 'basic'));
    const orders = await Promise.all(kinds.map((kind, i) => placeOrder(buyers[i]!, [itemOf(spec, kind)])));
    const replies = await Promise.all(
      orders.map((order, i) => buyers[i]!.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' })),
    );
    for (const reply of replies) if (reply.status !== 200) expectProblem(reply, 409, 'licensing.exclusive_sold');
    const exclusive = replies.flatMap((reply, i) => (reply.status === 200 && kinds[i] === 'exclusive' ? [i] : []));
    assert.equal(exclusive.length, 1, `${exclusive.length} exclusive sales`);
    const paid = await Promise.all(orders.map(async (order, i) => expectStatus(await buyers[i]!.api.get(`/orders/${order.id}`), 200)));
    assert.deepEqual(paid.map((order) => order.status), replies.map((reply) => (reply.status === 200 ? 'paid' : 'failed')));
    const later = await buyers[100]!.api.post('/orders', { items: [itemOf(spec, 'basic')], provider: 'test', terms_accepted: true });
    assert.equal(later.status, 409, 'the offer is closed');
  });

  test('orders over the same recordings in other orders do not lock each other out', async () => {
    const specs = await Promise.all([recording(), recording(), recording()]);
    const orders = await Promise.all(
      buyers.slice(0, 60).map((buyer, i) => {
        const turned = [...specs.slice(i % 3), ...specs.slice(0, i % 3)];
        return placeOrder(buyer, turned.map((spec) => itemOf(spec, 'basic')));
      }),
    );
    const replies = await Promise.all(
      orders.map((order, i) => buyers[i]!.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' })),
    );
    for (const reply of replies) assert.equal(expectStatus(reply, 200).status, 'paid');
  });

  test('every check holds', () => expectSound(lathe()));
});
