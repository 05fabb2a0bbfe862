// SPDX-License-Identifier: AGPL-3.0-or-later
// The states of an order: how each is reached, which calls are refused in it, and that it is found by it.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json, type Reply } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { buy, expectSound, itemOf, license, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';

type Status = 'pending' | 'paid' | 'cancelled' | 'failed' | 'refunded';
/** What each call answers in each state: the state after it, or the code of its refusal. */
const moves: Record<Status, { pay: string; decline: string; cancel: string; refund: string }> = {
  pending: { pay: 'paid', decline: 'payments.declined', cancel: 'cancelled', refund: 'payments.not_refundable' },
  paid: { pay: 'paid', decline: 'paid', cancel: 'orders.wrong_state', refund: 'refunded' },
  cancelled: { pay: 'orders.wrong_state', decline: 'orders.wrong_state', cancel: 'cancelled', refund: 'payments.not_refundable' },
  failed: { pay: 'licensing.exclusive_sold', decline: 'licensing.exclusive_sold', cancel: 'orders.wrong_state', refund: 'payments.not_refundable' },
  refunded: { pay: 'refunded', decline: 'refunded', cancel: 'orders.wrong_state', refund: 'payments.not_refundable' },
};
type Call = keyof (typeof moves)['pending'];

eachEngine('states of orders', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });
  let seller: Person;
  let spec: Spec;
  /** What fails: somebody else bought its exclusive licence. */
  let gone: Spec;
  let late: { buyer: Person; orders: Json[] };

  before(async () => {
    seller = await newSeller(lathe());
    spec = await publishSpec(seller, { licenses: [license('basic', 1000)] });
    gone = await publishSpec(seller, { licenses: [license('basic', 1000), license('exclusive', 9000, ['mp3', 'wav'])] });
    const buyer = await newBuyer(lathe());
    late = { buyer, orders: [] };
    for (let i = 0; i < 4; i++) late.orders.push(await placeOrder(buyer, [itemOf(gone, 'basic')]));
    await buy(await newBuyer(lathe()), [itemOf(gone, 'exclusive')]);
  });

  const calls: Record<Call, (order: Json, buyer: Person) => Promise<Reply>> = {
    pay: (order, buyer) => buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }),
    decline: (order, buyer) => buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'fail' }),
    cancel: (order, buyer) => buyer.api.post(`/orders/${order.id}/cancel`),
    refund: (order, buyer) => (order.paid_at ? seller : buyer).api.post(`/orders/${order.id}/refund`, {}),
  };

  /** An order that is in that state. */
  async function make(status: Status): Promise<{ order: Json; buyer: Person }> {
    if (status === 'failed') {
      const order = late.orders.pop();
      expectProblem(await calls.pay(order, late.buyer), 409, 'licensing.exclusive_sold');
      return { order, buyer: late.buyer };
    }
    const buyer = await newBuyer(lathe());
    let order = await placeOrder(buyer, [itemOf(spec, 'basic')]);
    if (status === 'cancelled') order = expectStatus(await calls.cancel(order, buyer), 200);
    if (status === 'paid' || status === 'refunded') order = expectStatus(await calls.pay(order, buyer), 200);
    if (status === 'refunded') order = expectStatus(await calls.refund(order, buyer), 200);
    return { order, buyer };
  }

  for (const status of Object.keys(moves) as Status[]) {
    for (const call of Object.keys(calls) as Call[]) {
      const outcome = moves[status][call];
      test(`${status}, ${call}: ${outcome}`, async () => {
        const { order, buyer } = await make(status);
        const reply = await calls[call](order, buyer);
        const isRefused = outcome.includes('.');
        if (isRefused) assert.equal(reply.body.code, outcome, reply.text);
        else assert.equal(expectStatus(reply, 200).status, outcome);
        const now = expectStatus(await buyer.api.get(`/orders/${order.id}`), 200);
        const after = isRefused ? status : outcome;
        assert.equal(now.status, after);
        assert.deepEqual(now.items.map((item: Json) => item.status), [after], 'the line moves with its order');
        const found = expectStatus(await buyer.api.get('/orders', { query: { status: after } }), 200);
        assert.ok(found.items.some((item: Json) => item.id === order.id), 'it is found by its state');
      });
    }
  }

  test('every check holds', () => expectSound(lathe()));
});
