// SPDX-License-Identifier: AGPL-3.0-or-later
// Orders and payments that cannot be: each is refused with its reasons and leaves no row, no file and no claim behind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json, type Reply } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { expectNothingLeft } from '../../lib/leftovers.ts';
import { convert, processed, upload } from '../../lib/media.ts';
import { type Person, specDraft } from '../../lib/people.ts';
import { buy, expectSound, itemOf, license, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { StripeStandIn } from '../../lib/stripe_stand_in.ts';
import { eventually } from '../../lib/wait.ts';

const ANY_ID = '01890000-0000-7000-8000-000000000000';

eachEngine('sales that cannot be', (engine) => {
  let stripe: StripeStandIn;
  const lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    return { engine, settings: { ...shopSettings, ...stripe.settings } };
  });
  let seller: Person;
  let buyer: Person;
  let spec: Spec;
  let euro: Spec;

  before(async () => {
    [seller, buyer] = [await newSeller(lathe()), await newBuyer(lathe())];
    spec = await publishSpec(seller, { licenses: [license('basic', 2000), license('exclusive', 9000)] });
    euro = await publishSpec(seller, { currency: 'EUR', licenses: [license('basic', 1500)] });
  });
  after(() => stripe.stop());

  const order = (items: Json[], more: Json = {}): Promise<Reply> => buyer.api.post('/orders', { items, provider: 'test', terms_accepted: true, ...more });

  test('an order for a deleted spec', async () => {
    const gone = await publishSpec(seller, { licenses: [license('basic', 700)] });
    expectStatus(await seller.api.delete(`/specs/${gone.id}`), 204);
    const nowhere = { spec_id: ANY_ID, license_option_id: ANY_ID };
    await expectNothingLeft(lathe(), async () => {
      for (const item of [itemOf(gone, 'basic'), nowhere]) {
        const reply = await order([itemOf(spec, 'basic'), item]);
        assert.ok([404, 409, 422].includes(reply.status), reply.text);
        assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
      }
    });
  });

  test('an order in two currencies, or at another price than is asked', async () => {
    await expectNothingLeft(lathe(), async () => {
      expectProblem(await order([itemOf(spec, 'basic'), itemOf(euro, 'basic')]), 422, 'orders.mixed_currency');
      for (const price of [{ amount: 2000, currency: 'EUR' }, { amount: 1999, currency: 'USD' }]) {
        expectProblem(await order([{ ...itemOf(spec, 'basic'), price }]), 409, 'orders.price_changed');
      }
    });
  });

  test('an order of nothing, of the same twice, of one’s own, without the terms', async () => {
    await expectNothingLeft(lathe(), async () => {
      expectProblem(await order([]), 422, 'orders.empty');
      expectViolations(await order([itemOf(spec, 'basic'), itemOf(spec, 'basic')]), 'orders.duplicate_line', ['/items/1/spec_id unique']);
      expectProblem(await order([itemOf(spec, 'basic')], { terms_accepted: false }), 422, 'orders.terms_not_accepted');
      const own = { items: [itemOf(spec, 'basic')], provider: 'test', terms_accepted: true };
      expectViolations(await seller.api.post('/orders', own), 'orders.own_item', ['/items/0/spec_id own']);
      expectProblem(await order([itemOf(spec, 'basic')], { provider: 'free' }), 422, 'payments.provider_off');
    });
  });

  test('a price below zero, over the limit, or of half a cent', async () => {
    const own = await publishSpec(seller, { licenses: [license('basic', 800)] });
    await expectNothingLeft(lathe(), async () => {
      for (const price of [-1, -1e9, 1e15, 19.5, '800']) {
        const wrong = { licenses: [license('basic', price as number)] };
        for (const reply of [await seller.api.post('/specs', specDraft(wrong)), await seller.api.put(`/specs/${own.id}/licenses`, { currency: 'USD', ...wrong })]) {
          const problem = expectProblem(reply, 422, 'common.invalid');
          assert.deepEqual(problem.violations?.map((violation) => violation.pointer), ['/licenses/0/price'], `${price}`);
        }
      }
    });
    assert.equal(expectStatus(await lathe().api.get(`/specs/${own.id}`), 200).licenses[0].price.amount, 800);
  });

  test('a payment of somebody else’s order, of none, or of one that is over', async () => {
    const placed = await placeOrder(buyer, [itemOf(spec, 'basic')]);
    const paid = await buy(buyer, [itemOf(euro, 'basic')]);
    const stranger = await newBuyer(lathe());
    await expectNothingLeft(lathe(), async () => {
      for (const id of [placed.id, ANY_ID]) {
        expectProblem(await stranger.api.post('/payments/verify', { order_id: id, outcome: 'succeed' }), 404, 'common.not_found');
        expectProblem(await stranger.api.post(`/orders/${id}/cancel`), 404, 'common.not_found');
        expectProblem(await stranger.api.post(`/orders/${id}/refund`, {}), 404, 'common.not_found');
      }
      expectProblem(await buyer.api.post(`/orders/${paid.id}/cancel`), 409, 'orders.wrong_state');
      expectStatus(await buyer.api.post('/payments/verify', { order_id: paid.id, outcome: 'succeed' }), 200); // asked again, nothing new
    });
  });

  test('a forged, late, foreign or broken webhook', async () => {
    const placed = await placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
    const payload = JSON.stringify(stripe.authorise(placed.payment.payment_intent_id));
    const now = Math.floor(Date.now() / 1000);
    const post = (signature: string | undefined, raw = payload): Promise<Reply> =>
      lathe().api.post('/webhooks/stripe', undefined, { raw, headers: signature === undefined ? {} : { 'stripe-signature': signature }, key: null });
    await expectNothingLeft(lathe(), async () => {
      const forged = [
        stripe.sign(payload, { secret: 'whsec_other' }),
        stripe.sign(payload, { timestamp: now - 301 }),
        stripe.sign(payload, { timestamp: now + 400 }),
        stripe.sign(`${payload} `),
        'v1=00',
        '',
        undefined,
      ];
      for (const signature of forged) expectProblem(await post(signature), 400, 'payments.bad_signature');
      for (const text of ['{"id": 5}', '[]', 'no JSON', '']) {
        const reply = await post(stripe.sign(text), text);
        assert.ok([400, 422].includes(reply.status), `${text}: ${reply.status}`);
      }
    });
    assert.equal(expectStatus(await buyer.api.get(`/orders/${placed.id}`), 200).status, 'pending');
  });

  test('a replayed webhook', async () => {
    const placed = await placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
    const event = stripe.authorise(placed.payment.payment_intent_id);
    assert.equal(await stripe.send(lathe().origin, event), 200);
    await eventually('the order is paid', async () => {
      const { status, payment } = expectStatus(await buyer.api.get(`/orders/${placed.id}`), 200);
      return status === 'paid' && payment.status === 'captured';
    });
    await expectNothingLeft(lathe(), async () => {
      for (let i = 0; i < 5; i++) assert.equal(await stripe.send(lathe().origin, event), 200);
    });
  });

  test('a promise that can no longer be kept: the payment is let go', async () => {
    const spoilt = await publishSpec(seller, { licenses: [license('basic', 600, ['mp3', 'wav'])] });
    const placed = await placeOrder(buyer, [itemOf(spoilt, 'basic')]);
    expectStatus(await seller.api.post(`/specs/${spoilt.id}/unpublish`), 200);
    expectStatus(await seller.api.put(`/specs/${spoilt.id}/licenses`, { currency: 'USD', licenses: [license('basic', 600, ['mp3'])] }), 200);
    const master = await upload(seller.api, 'master', await convert(spoilt.wav, 'mp3', ['-b:a', '192k']), 'master.mp3');
    expectStatus(await seller.api.put(`/specs/${spoilt.id}/assets/master`, { upload_id: master }), 202);
    assert.equal((await processed(seller.api, spoilt.id, 'master')).status, 'ready');
    await eventually('it is public again', async () => (await seller.api.post(`/specs/${spoilt.id}/publish`)).status === 200);
    expectProblem(await buyer.api.post('/payments/verify', { order_id: placed.id, outcome: 'succeed' }), 409, 'licensing.file_missing');
    await eventually('the payment is let go', async () => {
      const { status, payment } = expectStatus(await buyer.api.get(`/orders/${placed.id}`), 200);
      return status === 'failed' && payment.status === 'voided';
    });
    const { items } = expectStatus(await buyer.api.get('/licenses', { query: { limit: 100 } }), 200);
    assert.ok(items.every((item: Json) => item.order_id !== placed.id));
  });

  test('two buyers who both pay for one exclusive: one owns it, the other gets all back', async () => {
    const only = await publishSpec(seller, { licenses: [license('exclusive', 9000)] });
    const rivals = [await newBuyer(lathe()), await newBuyer(lathe())] as const;
    const placed = await Promise.all(rivals.map((rival) => placeOrder(rival, [itemOf(only, 'exclusive')])));
    const replies = await Promise.all(rivals.map((rival, i) => rival.api.post('/payments/verify', { order_id: placed[i].id, outcome: 'succeed' })));
    const lost = replies.findIndex((reply) => reply.status !== 200);
    assert.notEqual(lost, -1);
    expectStatus(replies[1 - lost] as Reply, 200);
    expectProblem(replies[lost] as Reply, 409, 'licensing.exclusive_sold');
    const loser = rivals[lost] as Person;
    await eventually('the loser’s payment is let go', async () => {
      const { status, payment } = expectStatus(await loser.api.get(`/orders/${placed[lost].id}`), 200);
      return status === 'failed' && payment.status === 'voided';
    });
    assert.equal(expectStatus(await loser.api.get('/licenses'), 200).items.length, 0);
    const winner = rivals[1 - lost] as Person;
    assert.equal(expectStatus(await winner.api.get('/licenses'), 200).items.length, 1);
    await expectNothingLeft(lathe(), async () => {
      expectProblem(await loser.api.post('/payments/verify', { order_id: placed[lost].id, outcome: 'succeed' }), 409, 'licensing.exclusive_sold');
      assert.ok([404, 409].includes((await buyer.api.post('/orders', { items: [itemOf(only, 'exclusive')], provider: 'test', terms_accepted: true })).status));
    });
  });

  test('every check holds', () => expectSound(lathe()));
});
