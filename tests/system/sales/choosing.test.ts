// SPDX-License-Identifier: AGPL-3.0-or-later
// Choosing how to pay an order that waits for it, and what is said of goods about orders that hold none.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, itemOf, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';

eachEngine('choosing a payment', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });
  let seller: Person;
  let buyer: Person;
  let stranger: Person;
  let spec: Spec;

  before(async () => {
    [seller, buyer, stranger] = [await newSeller(lathe()), await newBuyer(lathe()), await newBuyer(lathe())];
    spec = await publishSpec(seller);
  });

  const address = { name: 'Lena Marsh', line1: 'Hafen 1', city: 'Leipzig', country: 'DE' };

  test('the provider is chosen as often as the same one is named', async () => {
    const order = await placeOrder(buyer, [itemOf(spec, 'basic')]);
    assert.equal(order.auction_id, null);
    assert.deepEqual([order.items[0].kind, order.items[0].product_id], ['license', null]);
    for (let i = 0; i < 2; i++) {
      const chosen = expectStatus(await buyer.api.post(`/orders/${order.id}/payment`, { provider: 'test' }, { key: null }), 200);
      assert.deepEqual([chosen.status, chosen.payment.provider], ['pending', 'test']);
    }
    expectProblem(await buyer.api.post(`/orders/${order.id}/payment`, { terms_accepted: false }), 422, 'orders.terms_not_accepted');
    expectProblem(await buyer.api.post(`/orders/${order.id}/payment`, { provider: 'stripe' }), 422, 'payments.provider_off');
    expectStatus(await buyer.api.post(`/orders/${order.id}/payment`, { provider: 'gold' }), 422);
    for (const person of [stranger, seller]) expectProblem(await person.api.post(`/orders/${order.id}/payment`, {}), 404, 'common.not_found');
    expectStatus(await buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 200);
    expectProblem(await buyer.api.post(`/orders/${order.id}/payment`, {}), 409, 'orders.wrong_state');
  });

  test('what is not sent has no address and does not ship', async () => {
    const order = await placeOrder(buyer, [itemOf(spec, 'basic')]);
    expectProblem(await buyer.api.put(`/orders/${order.id}/address`, address), 409, 'orders.wrong_state');
    expectProblem(await stranger.api.put(`/orders/${order.id}/address`, address), 404, 'common.not_found');
    expectViolations(await buyer.api.put(`/orders/${order.id}/address`, { name: '', line1: 'x'.repeat(121), city: 'L', country: 'Germany' }), 'common.invalid', [
      '/name min_length', '/line1 max_length', '/country max_length',
    ]);
    expectStatus(await buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 200);
    const line = order.items[0].id;
    const say = async (person: Person, what: string, body?: Json): ReturnType<Person['api']['post']> =>
      person.api.post(`/orders/${order.id}/items/${line}/${what}`, body, { key: null });
    expectProblem(await say(seller, 'ship', { carrier: 'DHL', tracking_number: '1' }), 409, 'orders.wrong_state');
    expectProblem(await say(buyer, 'ship', { carrier: 'DHL', tracking_number: '1' }), 403, 'common.forbidden');
    expectProblem(await say(buyer, 'deliver'), 409, 'orders.wrong_state');
    expectProblem(await say(buyer, 'complete'), 409, 'orders.wrong_state');
    expectProblem(await say(stranger, 'complete'), 404, 'common.not_found');
    expectViolations(await say(seller, 'ship', { carrier: 'x'.repeat(61), tracking_number: '', tracking_url: 'ftp://x' }), 'common.invalid', [
      '/carrier max_length', '/tracking_number min_length', '/tracking_url uri',
    ]);
    expectProblem(await lathe().api.post(`/orders/${order.id}/items/${line}/deliver`), 401, 'common.login_needed');
    await expectSound(lathe());
  });
});
