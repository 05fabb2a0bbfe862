// SPDX-License-Identifier: AGPL-3.0-or-later
// Stripe: the buyer's client and webhooks in any order and number, failures on the way, crashes between any two steps. One effect.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, itemOf, license, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { type StripeEvent, StripeStandIn } from '../../lib/stripe_stand_in.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('Stripe', (engine) => {
  let stripe: StripeStandIn;
  const lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    return { engine, settings: { ...shopSettings, ...stripe.settings } };
  });
  let seller: Person;
  let buyer: Person;
  let spec: Spec;

  before(async () => {
    seller = await newSeller(lathe());
    buyer = await newBuyer(lathe());
    spec = await publishSpec(seller, { licenses: [license('basic', 2000), license('premium', 5000, ['mp3', 'wav'])] });
  });
  after(() => stripe.stop());

  const order = (type = 'basic', who = buyer, from = spec): Promise<Json> => placeOrder(who, [itemOf(from, type)], { provider: 'stripe' });
  const verify = (of: Json, who = buyer) =>
    who.api.post('/payments/verify', { order_id: of.id, payment_intent_id: of.payment.payment_intent_id });
  const read = async (of: Json, who = buyer): Promise<Json> => expectStatus(await who.api.get(`/orders/${of.id}`), 200);
  const send = async (event: StripeEvent): Promise<void> => assert.equal(await stripe.send(lathe().origin, event), 200);
  const until = (of: Json, status: string): Promise<Json> =>
    eventually(`the order is ${status}`, async () => {
      const now = await read(of);
      return now.status === status && now;
    });
  const settled = (of: Json, status: string): Promise<Json> =>
    eventually(`the payment is ${status}`, async () => {
      const now = await read(of);
      return now.payment.status === status && now;
    }, { within_ms: 60_000 });
  const calls = (id: string, verb: string): number =>
    stripe.requests.filter(({ path, status }) => path === `/v1/payment_intents/${id}/${verb}` && status === 200).length;
  const licensesOf = async (of: Json): Promise<number> =>
    expectStatus(await buyer.api.get('/licenses', { query: { limit: 100 } }), 200).items.filter((item: Json) => item.order_id === of.id).length;

  test('the client gets what it needs, and no more once it has paid', async () => {
    const placed = await order();
    assert.equal(placed.payment.provider, 'stripe');
    assert.equal(placed.payment.publishable_key, 'pk_test_shop');
    assert.match(placed.payment.client_secret, /^pi_.*_secret_/);
    assert.equal(placed.payment.script_url, stripe.settings['LATHE_STRIPE_SCRIPT_URL']);
    const intent = stripe.intent(placed.payment.payment_intent_id);
    assert.equal(intent.amount, 2000);
    assert.equal(intent.metadata.order_id, placed.id);
    expectProblem(await verify(placed), 409, 'payments.pending');
    stripe.authorise(intent.id);
    const paid = expectStatus(await verify(placed), 200);
    assert.equal(paid.status, 'paid');
    assert.equal(paid.payment.status, 'captured');
    assert.equal(paid.payment.client_secret, undefined);
    assert.equal(paid.payment.script_url, undefined);
    assert.equal(stripe.intent(intent.id).status, 'succeeded');
  });

  test("the page may load the provider's script and call it, and nobody else", async () => {
    const policy = (await lathe().api.root('GET', '/')).headers.get('content-security-policy') ?? '';
    const provider = stripe.settings['LATHE_STRIPE_API_URL'];
    for (const kind of ['script-src', 'frame-src', 'connect-src']) {
      const rule = policy.split(';').find((part) => part.trim().startsWith(kind)) ?? '';
      assert.deepEqual(rule.trim().split(/ +/), [kind, "'self'", provider]);
    }
  });

  test('a webhook alone pays the order', async () => {
    const placed = await order();
    await send(stripe.authorise(placed.payment.payment_intent_id));
    await until(placed, 'paid');
    await settled(placed, 'captured');
    assert.equal(await licensesOf(placed), 1);
  });

  test('client, webhooks, doubles and late ones have one effect', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    const held = stripe.authorise(id);
    const replies = await Promise.all([verify(placed), send(held), verify(placed), send(held), verify(placed)]);
    for (const reply of replies) if (reply) expectStatus(reply, 200);
    await settled(placed, 'captured');
    const captured = stripe.events.find(({ type, data }) => type === 'payment_intent.succeeded' && data.object.id === id);
    assert.ok(captured);
    await send(captured);
    await send(held);
    assert.equal((await read(placed)).status, 'paid');
    assert.equal(await licensesOf(placed), 1);
    const lines = expectStatus(await seller.api.get('/me/ledger', { query: { limit: 100 } }), 200).items;
    assert.equal(lines.filter((line: Json) => line.order_id === placed.id).length, 2);
  });

  test('the capture webhook may come before the client', async () => {
    const placed = await order();
    stripe.authorise(placed.payment.payment_intent_id);
    await send(stripe.captureByHand(placed.payment.payment_intent_id));
    await until(placed, 'paid');
    const paid = expectStatus(await verify(placed), 200);
    assert.equal(paid.payment.status, 'captured');
  });

  test('the webhook settles while the client is still asking', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    const hold = stripe.hold(new RegExp(`^/v1/payment_intents/${id}$`));
    const asked = verify(placed);
    await eventually('the client asks', () => hold.waiting() >= 1);
    const held = stripe.authorise(id);
    await send(held);
    await eventually('the webhook asks too', () => hold.waiting() >= 2);
    hold.release();
    assert.equal(expectStatus(await asked, 200).status, 'paid');
    await settled(placed, 'captured');
    assert.equal(await licensesOf(placed), 1);
  });

  test('a declined card may be followed by a good one', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    await send(stripe.decline(id));
    expectProblem(await verify(placed), 409, 'payments.declined');
    assert.equal((await read(placed)).status, 'pending');
    stripe.authorise(id);
    assert.equal(expectStatus(await verify(placed), 200).status, 'paid');
  });

  test("another order's payment is not taken", async () => {
    const one = await order();
    const two = await order('premium');
    stripe.authorise(one.payment.payment_intent_id);
    const body = { order_id: two.id, payment_intent_id: one.payment.payment_intent_id };
    expectProblem(await buyer.api.post('/payments/verify', body), 409, 'payments.mismatch');
    // An intent that was changed at the provider: other amount, other currency, other order.
    for (const change of [{ amount: 1 }, { currency: 'eur' }, { metadata: { order_id: two.id } }]) {
      const changed = await order();
      const id = changed.payment.payment_intent_id;
      stripe.authorise(id);
      stripe.intents.set(id, { ...stripe.intent(id), ...change });
      expectProblem(await verify(changed), 409, 'payments.mismatch');
      assert.equal((await read(changed)).status, 'pending');
    }
  });

  test('a provider that is away makes nobody lose anything', async () => {
    stripe.fail({ path: /payment_intents$/, status: 500 });
    const body = { items: [itemOf(spec, 'basic')], provider: 'stripe' };
    expectProblem(await buyer.api.post('/orders', body, { key: 'away' }), 503, 'payments.provider_failed');
    stripe.fail({ path: /payment_intents$/, status: 502, worked: true }); // the intent is made, the answer is lost
    expectProblem(await buyer.api.post('/orders', body, { key: 'away' }), 503, 'payments.provider_failed');
    const placed = expectStatus(await buyer.api.post('/orders', body, { key: 'away' }), 201);
    const intents = [...stripe.intents.values()].filter((intent) => intent.metadata.order_id === placed.id);
    assert.equal(intents.length, 1);
    assert.equal(intents[0].id, placed.payment.payment_intent_id);
    stripe.fail({ method: 'GET', path: /payment_intents\//, status: 500 });
    expectProblem(await verify(placed), 503, 'payments.provider_failed');
    stripe.authorise(intents[0].id);
    stripe.fail({ path: /\/capture$/, status: 504, worked: true });
    const paid = expectStatus(await verify(placed), 200);
    assert.equal(paid.status, 'paid', 'the decision stands although the capture was not confirmed');
    assert.equal(expectStatus(await verify(placed), 200).payment.status, 'captured');
    assert.equal(calls(intents[0].id, 'capture'), 2, 'the same capture was asked for again under its key');
  });

  test('a payment is a record of its own, with a state of its own', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    const both = async (): Promise<string[]> => {
      const now = await read(placed);
      return [now.status, now.payment.status];
    };
    assert.deepEqual(await both(), ['pending', 'created']);
    stripe.authorise(id);
    stripe.fail({ path: /\/capture$/, status: 503, times: 2 });
    expectStatus(await verify(placed), 200);
    assert.deepEqual(await both(), ['paid', 'authorised'], 'sold, and the money is still only held');
    await lathe().restart();
    for (const person of [seller, buyer]) person.api = lathe().api.as(person.tokens.access_token); // at another port
    assert.deepEqual(await both(), ['paid', 'authorised']);
    expectStatus(await verify(placed), 200); // tried in vain once more
    assert.deepEqual(await both(), ['paid', 'authorised']);
    expectStatus(await verify(placed), 200);
    assert.deepEqual(await both(), ['paid', 'captured']);
    const { amount, refunded, held, provider } = (await read(placed)).payment;
    assert.deepEqual([provider, amount.amount, refunded.amount, held.amount], ['stripe', 2000, 0, 0]);
  });

  test('what Stripe ends by itself fails the order', async () => {
    const placed = await order();
    await send(stripe.cancelByHand(placed.payment.payment_intent_id));
    const failed = await until(placed, 'failed');
    assert.equal(failed.failure.code, 'payments.declined');
    expectProblem(await verify(placed), 409, 'payments.declined');
  });

  test('a hold that is gone when it is captured takes the sale back', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    stripe.authorise(id);
    stripe.fail({ path: /\/capture$/, status: 503 });
    const paid = expectStatus(await verify(placed), 200);
    const [item] = paid.items;
    stripe.cancelByHand(id);
    expectProblem(await verify(placed), 409, 'payments.declined');
    assert.equal((await read(placed)).status, 'failed');
    const view = expectStatus(await buyer.api.get(`/licenses/${item.license_id}`), 200);
    assert.equal(view.is_active, false);
    expectProblem(await buyer.api.get(`/licenses/${item.license_id}/downloads`), 403, 'licensing.revoked');
  });

  test('a cancelled order is voided, also when it was paid meanwhile', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    const held = stripe.authorise(id);
    assert.equal(expectStatus(await buyer.api.post(`/orders/${placed.id}/cancel`), 200).status, 'cancelled');
    expectStatus(await buyer.api.post(`/orders/${placed.id}/cancel`), 200);
    await send(held);
    await settled(placed, 'voided');
    assert.equal(stripe.intent(id).status, 'canceled');
    expectProblem(await verify(placed), 409, 'orders.wrong_state');
    assert.equal(await licensesOf(placed), 0);
  });

  test('what was captured against the decision is given back', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    stripe.authorise(id);
    stripe.captureByHand(id);
    expectStatus(await buyer.api.post(`/orders/${placed.id}/cancel`), 200);
    await settled(placed, 'voided');
    const back = stripe.refunds.filter((refund) => refund.payment_intent === id);
    assert.deepEqual(back.map((refund) => refund.amount), [2000]);
  });

  test('a forged, old or broken webhook is refused and leaves nothing', async () => {
    const placed = await order();
    const event = stripe.authorise(placed.payment.payment_intent_id);
    const payload = JSON.stringify(event);
    const now = Math.floor(Date.now() / 1000);
    const post = (headers: Record<string, string>, body = payload) => lathe().api.post('/webhooks/stripe', undefined, { raw: body, headers, key: null });
    for (const header of [
      stripe.sign(payload, { secret: 'whsec_other' }),
      stripe.sign(payload, { timestamp: now - 301 }),
      stripe.sign(payload, { timestamp: now + 400 }),
      stripe.sign(`${payload} `),
      't=1,v1=00',
      '',
    ]) {
      expectProblem(await post({ 'stripe-signature': header }), 400, 'payments.bad_signature');
    }
    expectProblem(await post({}), 400, 'payments.bad_signature');
    const nonsense = '{"id": 5}';
    assert.equal((await post({ 'stripe-signature': stripe.sign(nonsense) }, nonsense)).status, 400);
    assert.equal((await read(placed)).status, 'pending');
    // Several signatures, as while a secret is rolled: one that fits is enough.
    const [time, good] = stripe.sign(payload).split(',');
    assert.equal((await post({ 'stripe-signature': `${time},v1=${'0'.repeat(64)},${good}` })).status, 200);
    await until(placed, 'paid');
  });

  test('events about other things are taken and change nothing', async () => {
    const event = { id: 'evt_other', type: 'charge.succeeded', data: { object: { id: 'ch_1', object: 'charge' } } };
    await send(event);
    await send(event);
    await send({ id: 'evt_unknown', type: 'payment_intent.succeeded', data: { object: { id: 'pi_unknown', object: 'payment_intent' } } });
  });

  test('lines are refunded one by one, the provider first', async () => {
    const two = await publishSpec(seller, { licenses: [license('basic', 700)] });
    const placed = await placeOrder(buyer, [itemOf(spec, 'basic'), itemOf(two, 'basic')], { provider: 'stripe' });
    const id = placed.payment.payment_intent_id;
    stripe.authorise(id);
    const paid = expectStatus(await verify(placed), 200);
    const [first, second] = paid.items;
    const refund = (lines?: string[], options = {}) => seller.api.post(`/orders/${paid.id}/refund`, lines ? { lines } : {}, options);
    expectProblem(await buyer.api.post(`/orders/${paid.id}/refund`, { lines: [first.id] }), 403, 'common.forbidden');

    stripe.fail({ path: /refunds$/, status: 500 });
    expectProblem(await refund([first.id], { key: 'r1' }), 503, 'payments.provider_failed');
    assert.equal(expectStatus(await buyer.api.get(`/licenses/${first.license_id}`), 200).is_active, true);
    const partly = expectStatus(await refund([first.id], { key: 'r1' }), 200);
    assert.deepEqual(partly.items.map((item: Json) => item.status), ['refunded', 'paid']);
    assert.equal(partly.payment.status, 'partly_refunded');
    assert.deepEqual(await refund([first.id], { key: 'r1' }).then((reply) => reply.body), partly);
    expectProblem(await refund([first.id]), 409, 'payments.not_refundable');
    assert.equal(expectStatus(await buyer.api.get(`/licenses/${first.license_id}`), 200).is_active, false);
    assert.equal(expectStatus(await buyer.api.get(`/licenses/${second.license_id}`), 200).is_active, true);

    const whole = expectStatus(await refund(), 200);
    assert.equal(whole.status, 'refunded');
    assert.equal(whole.payment.status, 'refunded');
    assert.deepEqual(stripe.refunds.filter((entry) => entry.payment_intent === id).map((entry) => entry.amount), [2000, 700]);
    const lines = expectStatus(await seller.api.get('/me/ledger', { query: { limit: 100 } }), 200).items.filter(
      (line: Json) => line.order_id === paid.id,
    );
    assert.equal(lines.length, 8);
    assert.equal(lines.reduce((sum: number, line: Json) => sum + line.amount.amount, 0), 0);
  });

  test('a refund ends links that were given out', async () => {
    const placed = await order();
    stripe.authorise(placed.payment.payment_intent_id);
    const paid = expectStatus(await verify(placed), 200);
    const id = paid.items[0].license_id;
    const { files } = expectStatus(await buyer.api.get(`/licenses/${id}/downloads`), 200);
    assert.equal((await fetch(files[0].url)).status, 200);
    const { key } = expectStatus(await buyer.api.get(`/licenses/${id}`), 200);
    expectStatus(await seller.api.post(`/orders/${paid.id}/refund`, {}), 200);
    assert.equal((await fetch(files[0].url)).status, 403);
    assert.equal(expectStatus(await lathe().api.get(`/license-checks/${key}`), 200).valid, false);
  });

  test('a refund that the provider will not give changes nothing', async () => {
    const placed = await order();
    const id = placed.payment.payment_intent_id;
    stripe.authorise(id);
    const paid = expectStatus(await verify(placed), 200);
    stripe.refundByHand(id, 1); // not told yet
    expectProblem(await seller.api.post(`/orders/${paid.id}/refund`, {}), 409, 'payments.not_refundable');
    assert.equal((await read(placed)).items[0].status, 'paid');
    stripe.refunds.pop();
    assert.equal(expectStatus(await seller.api.post(`/orders/${paid.id}/refund`, {}), 200).status, 'refunded');
  });

  test('a connection that breaks is tried again under the same key', async () => {
    stripe.fail({ path: /payment_intents$/, worked: true });
    const reply = await buyer.api.post('/orders', { items: [itemOf(spec, 'basic')], provider: 'stripe' }, { key: 'broken' });
    const placed = reply.status === 503 ? await buyer.api.post('/orders', { items: [itemOf(spec, 'basic')], provider: 'stripe' }, { key: 'broken' }) : reply;
    const { id } = expectStatus(placed, 201);
    assert.equal([...stripe.intents.values()].filter((intent) => intent.metadata.order_id === id).length, 1);
  });

  test('every check holds', () => expectSound(lathe()));
});
