// SPDX-License-Identifier: AGPL-3.0-or-later
// The process dies between any two steps of a payment or refund, and starts again: what was begun is finished, once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, itemOf, license, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { StripeStandIn } from '../../lib/stripe_stand_in.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('crashes on the way of money', (engine) => {
  let stripe: StripeStandIn;
  const lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    return { engine, settings: { ...shopSettings, ...stripe.settings } };
  });
  let seller: Person;
  let buyer: Person;
  let spec: Spec;
  let hasFaults = true;

  before(async () => {
    seller = await newSeller(lathe());
    buyer = await newBuyer(lathe());
    spec = await publishSpec(seller, { licenses: [license('basic', 2000)] });
    hasFaults = (await lathe().run(['config'], { LATHE_FAULT: 'none=nonsense' })).code !== 0;
  });
  after(() => stripe.stop());

  /** The people's clients know the new port. */
  const move = (person: Person): Person => ({ ...person, api: lathe().api.as(person.tokens.access_token) });
  const restart = async (settings = {}): Promise<void> => {
    await lathe().stop();
    await lathe().start(settings);
    [seller, buyer] = [move(seller), move(buyer)];
  };
  /** The call that kills the server: its connection breaks. */
  const fatal = async (call: Promise<unknown>): Promise<void> => {
    await assert.rejects(call);
    await lathe().kill();
    await lathe().start();
    [seller, buyer] = [move(seller), move(buyer)];
  };
  const place = (): Promise<Json> => placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
  const verify = (order: Json) => buyer.api.post('/payments/verify', { order_id: order.id });
  const oneEffect = async (order: Json, id: string): Promise<void> => {
    assert.equal([...stripe.intents.values()].filter((intent) => intent.metadata.order_id === order.id).length, 1);
    assert.equal(stripe.intent(id).status, 'succeeded');
    const licenses = expectStatus(await buyer.api.get('/licenses', { query: { limit: 100 } }), 200).items;
    assert.equal(licenses.filter((item: Json) => item.order_id === order.id && item.is_active).length, 1);
    await expectSound(lathe());
  };

  for (const point of ['orders.place.stored', 'payments.begin.created']) {
    test(`dies at ${point}: the same request goes on`, async (t) => {
      if (!hasFaults) return t.skip('the program was built without fault points');
      await restart({ LATHE_FAULT: `${point}=crash` });
      const body = { items: [itemOf(spec, 'basic')], provider: 'stripe' };
      await fatal(buyer.api.post('/orders', body, { key: point }));
      const order = expectStatus(await buyer.api.post('/orders', body, { key: point }), 201);
      stripe.authorise(order.payment.payment_intent_id);
      assert.equal(expectStatus(await verify(order), 200).status, 'paid');
      await oneEffect(order, order.payment.payment_intent_id);
    });
  }

  for (const point of [
    'payments.settle.before_decision',
    'payments.settle.after_decision',
    'payments.finish.before_provider',
    'payments.finish.after_provider',
  ]) {
    test(`dies at ${point}: the client's next call finishes`, async (t) => {
      if (!hasFaults) return t.skip('the program was built without fault points');
      await restart({ LATHE_FAULT: `${point}=crash` });
      const order = await place();
      const id = order.payment.payment_intent_id;
      stripe.authorise(id);
      await fatal(verify(order));
      assert.equal(expectStatus(await verify(order), 200).payment.status, 'captured');
      await oneEffect(order, id);
    });
  }

  test('dies after the decision, and nobody calls again: the job captures', async (t) => {
    if (!hasFaults) return t.skip('the program was built without fault points');
    await restart({ LATHE_FAULT: 'payments.settle.after_decision=crash' });
    const order = await place();
    const id = order.payment.payment_intent_id;
    stripe.authorise(id);
    await fatal(verify(order));
    await eventually('the job has captured', () => stripe.intent(id).status === 'succeeded', { within_ms: 90_000 });
    await oneEffect(order, id);
  });

  for (const point of ['orders.refund.marked', 'payments.refund.before_provider', 'payments.refund.after_provider', 'orders.refund.paid_back']) {
    test(`dies at ${point}: the refund goes on`, async (t) => {
      if (!hasFaults) return t.skip('the program was built without fault points');
      const order = await place();
      const id = order.payment.payment_intent_id;
      stripe.authorise(id);
      expectStatus(await verify(order), 200);
      await restart({ LATHE_FAULT: `${point}=crash` });
      await fatal(seller.api.post(`/orders/${order.id}/refund`, {}, { key: `refund-${order.id}` }));
      await eventually('the refund is done', async () => {
        const reply = await seller.api.post(`/orders/${order.id}/refund`, {}, { key: `refund-${order.id}` });
        return reply.status === 200 && reply.body.status === 'refunded';
      });
      assert.equal(stripe.refunds.filter((refund) => refund.payment_intent === id).length, 1);
      assert.equal(expectStatus(await buyer.api.get(`/orders/${order.id}`), 200).payment.status, 'refunded');
      await expectSound(lathe());
    });
  }
});
