// SPDX-License-Identifier: AGPL-3.0-or-later
// Products and auctions that were reported: the moderators' queue, a takedown that ends the auction too, and the way back.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { bid, expectLogFits, lotSettings, lotTerms, newLot, newProduct, readLot, untilStatus } from '../../lib/auctions.ts';
import { newMerchant, newOfficial } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { newBuyer, shopSettings } from '../../lib/shop.ts';

eachEngine('reported goods', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, ...lotSettings, LATHE_BUS_POLL: '50ms' } });
  let seller: Person;
  let reader: Person;
  let moderator: Person;
  let admin: Person;

  before(async () => {
    [seller, reader] = [await newMerchant(lathe().api), await newBuyer(lathe())];
    [moderator, admin] = [await newOfficial(lathe(), 'moderator'), await newOfficial(lathe(), 'admin')];
  });

  const queue = async (): Promise<Json[]> => expectStatus(await moderator.api.get('/moderation/reports?limit=100'), 200).items;
  const queueOf = async (itemId: string): Promise<Json[]> => (await queue()).filter((report) => report.item_id === itemId);
  const listed = async (): Promise<string[]> =>
    expectStatus(await lathe().api.get(`/products?seller=${seller.username}&limit=100`), 200).items.map((product: Json) => product.id);

  test('a product is reported, taken down with a reason, and put back as it was', async () => {
    const product = await newProduct(seller);
    expectProblem(await lathe().api.post(`/products/${product.id}/reports`, { reason: 'spam' }), 401, 'common.login_needed');
    expectProblem(await reader.api.post(`/products/${product.id}/reports`, { reason: 'dull' }), 422, 'common.invalid');
    for (let i = 0; i < 2; i++)
      assert.equal((await reader.api.post(`/products/${product.slug}/reports`, { reason: 'misleading', message: 'It is a copy' })).status, 204);
    const [report, ...more] = await queueOf(product.id);
    assert.deepEqual([report?.kind, report?.auction_id, report?.slug, report?.status, report?.reason, report?.message, more.length],
      ['product', null, product.slug, 'published', 'misleading', 'It is a copy', 0]);
    expectProblem(await reader.api.post(`/moderation/items/${product.id}/takedown`, { reason: 'I say so' }), 403, 'common.not_allowed');

    for (let i = 0; i < 2; i++)
      assert.equal((await moderator.api.post(`/moderation/items/${product.id}/takedown`, { reason: 'A forgery' })).status, 204);
    assert.deepEqual(await queueOf(product.id), []);
    assert.equal((await lathe().api.get(`/products/${product.id}`)).status, 404);
    assert.ok(!(await listed()).includes(product.id));
    const own = expectStatus(await seller.api.get(`/products/${product.id}`), 200);
    assert.deepEqual([own.status, own.takedown_reason], ['taken_down', 'A forgery']);
    const refused = expectProblem(await seller.api.post(`/products/${product.id}/publish`), 409, 'goods.not_publishable');
    assert.equal(refused.violations?.[0]?.pointer, '/status');
    expectProblem(await seller.api.post('/auctions', lotTerms(product.id)), 422, 'common.invalid');
    expectProblem(await reader.api.post(`/products/${product.id}/reports`, { reason: 'spam' }), 404, 'common.not_found');

    for (let i = 0; i < 2; i++) assert.equal((await moderator.api.post(`/moderation/items/${product.id}/restore`)).status, 204);
    const again = expectStatus(await lathe().api.get(`/products/${product.id}`), 200);
    assert.deepEqual([again.status, again.takedown_reason], ['active', undefined]);
    assert.ok((await listed()).includes(product.id));
  });

  test('what was a draft or taken back comes back as that, not as public', async () => {
    const product = await newProduct(seller);
    expectStatus(await seller.api.post(`/products/${product.id}/withdraw`), 200);
    assert.equal((await moderator.api.post(`/moderation/items/${product.id}/takedown`, { reason: 'Doubtful' })).status, 204);
    assert.equal((await moderator.api.post(`/moderation/items/${product.id}/restore`)).status, 204);
    assert.equal(expectStatus(await seller.api.get(`/products/${product.id}`), 200).status, 'cancelled');
    assert.equal((await lathe().api.get(`/products/${product.id}`)).status, 404);
  });

  test('an auction whose lot is taken down is void, says why, and gives the piece back', async () => {
    const lot = await newLot(seller);
    expectStatus(await bid(reader, lot.id, 1000), 201);
    assert.equal((await reader.api.post(`/auctions/${lot.id}/reports`, { reason: 'copyright' })).status, 204);
    assert.equal((await reader.api.post(`/products/${lot.item_id}/reports`, { reason: 'other' })).status, 204);
    assert.deepEqual((await queueOf(lot.item_id)).map((report) => [report.auction_id, report.reason]), [[lot.id, 'copyright'], [null, 'other']]);
    assert.equal((await moderator.api.post(`/moderation/items/${lot.item_id}/takedown`, { reason: 'Stolen' })).status, 204);
    const gone = await untilStatus(reader.api, lot.id, 'cancelled');
    assert.deepEqual([gone.outcome, gone.void_reason, gone.order_id], ['voided', 'the lot was taken down', null]);
    expectProblem(await bid(reader, lot.id, 9000), 409, 'auctions.closed');
    assert.deepEqual(await queueOf(lot.item_id), []);
    assert.equal((await moderator.api.post(`/moderation/items/${lot.item_id}/restore`)).status, 204);
    const back = expectStatus(await seller.api.get(`/products/${lot.item_id}`), 200);
    assert.deepEqual([back.status, back.stock, back.held_count], ['active', 1, 0]);
    assert.equal((await readLot(reader.api, lot.id)).status, 'cancelled');
    await expectLogFits(lathe(), lot.id);
  });

  test('a void auction settles its own reports, and a dismissal those of both', async () => {
    const lot = await newLot(seller);
    assert.equal((await reader.api.post(`/auctions/${lot.id}/reports`, { reason: 'spam' })).status, 204);
    assert.equal((await reader.api.post(`/products/${lot.item_id}/reports`, { reason: 'spam' })).status, 204);
    expectStatus(await admin.api.post(`/auctions/${lot.id}/void`, { reason: 'Shill bids.' }), 200);
    assert.deepEqual((await queueOf(lot.item_id)).map((report) => report.auction_id), [null]);
    assert.equal((await reader.api.post(`/auctions/${lot.id}/reports`, { reason: 'spam' })).status, 204);
    assert.equal((await moderator.api.post(`/moderation/items/${lot.item_id}/restore`)).status, 204);
    assert.deepEqual(await queueOf(lot.item_id), []);
    expectProblem(await reader.api.post('/auctions/01900000-0000-7000-8000-000000000000/reports', { reason: 'spam' }), 404, 'common.not_found');
  });
});
