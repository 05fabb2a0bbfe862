// SPDX-License-Identifier: AGPL-3.0-or-later
// A product that was won: paid with an address, sent, received, accepted; refunded; not paid in time.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { lotSettings, newLot, readLot } from '../../lib/auctions.ts';
import { newMerchant, newOfficial } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, newBuyer, shopSettings } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('won products', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, ...lotSettings, LATHE_BUS_POLL: '50ms', LATHE_AUCTION_PAY_WITHIN: '20s' } });
  let seller: Person;
  let winner: Person;
  let other: Person;
  let admin: Person;

  before(async () => {
    [seller, winner, other] = [await newMerchant(lathe().api), await newBuyer(lathe()), await newBuyer(lathe())];
    admin = await newOfficial(lathe(), 'admin');
  });

  const address = { name: 'Lena Marsh', line1: 'Hafen 1', city: 'Leipzig', postal_code: '04109', country: 'DE' };

  /** Bought at once: the winner's order. */
  const win = async (product: Json = {}): Promise<{ lot: Json; order: Json }> => {
    const lot = await newLot(seller, { buy_now_price: 25_000 }, product);
    expectStatus(await winner.api.post(`/auctions/${lot.id}/buy-now`), 201);
    const orderId = await eventually('there is an order', async () => (await readLot(winner.api, lot.id)).order_id ?? undefined);
    return { lot, order: expectStatus(await winner.api.get(`/orders/${orderId}`), 200) };
  };

  const pay = async (order: Json): Promise<Json> => {
    expectStatus(await winner.api.put(`/orders/${order.id}/address`, address), 200);
    expectStatus(await winner.api.post(`/orders/${order.id}/payment`, { provider: 'test' }), 200);
    return expectStatus(await winner.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 200);
  };
  const say = (person: Person, order: Json, what: string, body?: Json): ReturnType<Person['api']['post']> =>
    person.api.post(`/orders/${order.id}/items/${order.items[0].id}/${what}`, body, { key: null });
  const parcel = { carrier: 'DHL', tracking_number: 'JJD000390', tracking_url: 'https://track.example/JJD000390' };

  test('it is paid, sent, received and accepted', async () => {
    const { lot, order } = await win();
    assert.deepEqual([order.items[0].kind, order.items[0].product_id, order.items[0].spec_id, order.auction_id], ['product_win', lot.item_id, null, lot.id]);
    assert.deepEqual([order.status, order.total.amount], ['pending', 25_000]);
    const held = expectStatus(await seller.api.get(`/products/${lot.item_id}`), 200);
    assert.deepEqual([held.stock, held.held_count], [0, 1]);
    expectProblem(await seller.api.patch(`/products/${lot.item_id}`, { title: 'Another thing' }), 409, 'goods.in_auction');
    expectProblem(await seller.api.delete(`/products/${lot.item_id}`), 409, 'goods.in_auction');

    expectProblem(await winner.api.post(`/orders/${order.id}/payment`, {}), 409, 'orders.address_missing');
    expectProblem(await winner.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 409, 'orders.address_missing');
    const paid = await pay(order);
    assert.deepEqual([paid.status, paid.address.city], ['paid', 'Leipzig']);
    assert.equal((await readLot(seller.api, lot.id)).sale, 'paid');
    const sold = expectStatus(await lathe().api.get(`/products/${lot.item_id}`), 200);
    assert.equal(sold.status, 'sold');
    expectProblem(await seller.api.patch(`/products/${lot.item_id}`, { title: 'Another thing' }), 409, 'goods.sold');
    expectProblem(await seller.api.post(`/products/${lot.item_id}/withdraw`), 409, 'goods.sold');
    expectProblem(await seller.api.delete(`/products/${lot.item_id}`), 409, 'goods.sold');
    assert.ok(expectStatus(await lathe().api.get('/products', { query: { status: 'sold', seller: seller.id } }), 200).items.some((item: Json) => item.id === lot.item_id));

    assert.equal(expectStatus(await seller.api.get(`/orders/${order.id}`), 200).address.line1, 'Hafen 1');
    assert.equal(expectStatus(await admin.api.get(`/orders/${order.id}`), 200).address, undefined);
    expectProblem(await other.api.get(`/orders/${order.id}`), 404, 'common.not_found');

    expectProblem(await say(winner, order, 'ship', parcel), 403, 'common.forbidden');
    expectProblem(await say(winner, order, 'complete'), 409, 'orders.wrong_state');
    for (let i = 0; i < 2; i++) assert.equal(expectStatus(await say(seller, order, 'ship', parcel), 200).status, 'shipped');
    expectProblem(await winner.api.put(`/orders/${order.id}/address`, address), 409, 'orders.wrong_state');
    const shipped = expectStatus(await winner.api.get(`/orders/${order.id}`), 200);
    assert.equal(shipped.items[0].shipment.tracking_number, parcel.tracking_number);
    assert.equal(expectStatus(await say(winner, order, 'deliver'), 200).status, 'delivered');
    expectProblem(await say(seller, order, 'complete'), 403, 'common.forbidden');
    const done = expectStatus(await say(winner, order, 'complete'), 200);
    assert.equal(done.status, 'completed');
    assert.ok(done.items[0].shipment.completed_at >= done.items[0].shipment.delivered_at);
    const sale = expectStatus(await seller.api.get('/orders/sales'), 200).items[0];
    assert.deepEqual([sale.kind, sale.product_id, sale.status], ['product_win', lot.item_id, 'completed']);
    assert.equal(expectStatus(await winner.api.get('/orders'), 200).items[0].auction_id, lot.id);
  });

  test('one that was sent can still be refunded, and stays sold', async () => {
    const { lot, order } = await win();
    await pay(order);
    expectStatus(await say(seller, order, 'ship', parcel), 200);
    const refunded = expectStatus(await seller.api.post(`/orders/${order.id}/refund`, {}), 200);
    assert.deepEqual([refunded.status, refunded.payment.refunded.amount], ['refunded', 25_000]);
    expectProblem(await say(winner, order, 'deliver'), 409, 'orders.wrong_state');
    assert.equal(expectStatus(await lathe().api.get(`/products/${lot.item_id}`), 200).status, 'sold');
  });

  test('who gives up loses it, and it stays held until the seller has chosen', async () => {
    const { lot, order } = await win({ stock: 2 });
    expectStatus(await winner.api.post(`/orders/${order.id}/cancel`), 200);
    assert.equal((await readLot(seller.api, lot.id)).sale, 'decide');
    expectStatus(await seller.api.post(`/auctions/${lot.id}/close`), 200);
    const product = expectStatus(await seller.api.get(`/products/${lot.item_id}`), 200);
    assert.deepEqual([product.stock, product.held_count, product.status], [2, 0, 'active']);
    const kinds = expectStatus(await seller.api.get(`/products/${lot.item_id}/stock/movements`), 200).items.map((row: Json) => row.kind);
    assert.deepEqual(kinds, ['release', 'hold', 'in']);
  });

  test('everything holds together', async () => expectSound(lathe()));
});
