// SPDX-License-Identifier: AGPL-3.0-or-later
// Products: made, changed, published, listed, looked at, taken back, deleted; their pictures; whatever does not fit is refused.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Api, expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { makeProduct, newMerchant, newOfficial, processedProduct, productDraft, publishProduct, uploadPicture } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { makePng, upload } from '../../lib/media.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { expectSound, shopSettings } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('products', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, LATHE_BUS_POLL: '50ms' } });
  let seller: Person;
  let other: Person;
  let admin: Person;
  let listener: Person;

  before(async () => {
    seller = await newMerchant(lathe().api);
    other = await newMerchant(lathe().api);
    listener = await newPerson(lathe().api);
    admin = await newOfficial(lathe(), 'admin');
  });

  const titles = (page: Json): string[] => page.items.map((item: Json) => item.title);
  const list = async (query: Json): Promise<Json> => expectStatus(await lathe().api.get('/products', { query }), 200);

  test('a product is a draft, then public, then taken back', async () => {
    const draft = await makeProduct(seller, { title: '  Moog Prodigy ', category: 'keyboards' });
    assert.equal(draft.title, 'Moog Prodigy');
    assert.equal(draft.status, 'draft');
    assert.equal(draft.category.slug, 'keyboards');
    assert.deepEqual(draft.specifications, [{ name: 'Speed', value: '33 rpm' }]);
    assert.equal(draft.shipping.from_country, 'DE');
    assert.deepEqual(draft.shipping.destinations, ['DE', 'FR']);
    assert.equal(draft.stock, 1);
    assert.equal(draft.seller.username, seller.username);
    expectProblem(await lathe().api.get(`/products/${draft.id}`), 404, 'common.not_found');
    assert.equal(expectStatus(await admin.api.get(`/products/${draft.id}`), 200).id, draft.id);

    const active = expectStatus(await seller.api.post(`/products/${draft.id}/publish`), 200);
    assert.equal(active.status, 'active');
    expectStatus(await seller.api.post(`/products/${draft.id}/publish`), 200);
    for (const key of [draft.id, draft.slug, draft.short_code]) {
      const seen = expectStatus(await lathe().api.get(`/products/${key}`), 200);
      assert.equal(seen.id, draft.id);
      assert.equal(seen.sold_count, undefined);
    }
    assert.ok(titles(await list({ seller: seller.username })).includes('Moog Prodigy'));

    const gone = expectStatus(await seller.api.post(`/products/${draft.id}/withdraw`), 200);
    assert.equal(gone.status, 'cancelled');
    expectStatus(await seller.api.post(`/products/${draft.id}/withdraw`), 200);
    expectProblem(await lathe().api.get(`/products/${draft.slug}`), 404, 'common.not_found');
    assert.ok(!titles(await list({ seller: seller.id })).includes('Moog Prodigy'));
    expectStatus(await seller.api.post(`/products/${draft.id}/publish`), 200);
    assert.ok(titles(await list({ seller: seller.id })).includes('Moog Prodigy'));
  });

  test('what is missing for publishing is listed', async () => {
    const bare = await makeProduct(seller, { category: null, stock: 0 });
    const problem = expectProblem(await seller.api.post(`/products/${bare.id}/publish`), 409, 'goods.not_publishable');
    assert.deepEqual((problem.violations ?? []).map((violation: Json) => violation.pointer), ['/category', '/stock']);
    const active = await publishProduct(seller);
    expectProblem(await seller.api.patch(`/products/${active.id}`, { category: null }), 409, 'goods.not_publishable');
  });

  test('a change changes what it names, under its version', async () => {
    const product = await publishProduct(seller, { title: 'Tape echo' });
    const first = await seller.api.get(`/products/${product.id}`);
    const etag = first.headers.get('etag') ?? '';
    const changed = await seller.api.patch(`/products/${product.id}`, { title: 'Tape echo, serviced', condition: 'good', specifications: [] }, { headers: { 'if-match': etag } });
    assert.deepEqual([expectStatus(changed, 200).title, changed.body.condition, changed.body.specifications.length], ['Tape echo, serviced', 'good', 0]);
    assert.equal(changed.body.description, product.description);
    assert.equal(changed.body.slug, product.slug);
    expectProblem(await seller.api.patch(`/products/${product.id}`, { title: 'Lost update' }, { headers: { 'if-match': etag } }), 412, 'common.precondition_failed');
    expectProblem(await seller.api.delete(`/products/${product.id}`, { headers: { 'if-match': etag } }), 412, 'common.precondition_failed');
    assert.deepEqual(titles(await list({ q: 'serviced echo' })), ['Tape echo, serviced']);
    const cleared = expectStatus(await admin.api.patch(`/products/${product.id}`, { video_url: null, shipping: {}, low_stock_at: 2, currency: 'USD' }), 200);
    assert.deepEqual([cleared.video_url, cleared.currency, cleared.shipping.destinations], [null, 'USD', []]);
    assert.equal((await seller.api.delete(`/products/${product.id}`)).status, 204);
    expectProblem(await seller.api.get(`/products/${product.id}`), 404, 'common.not_found');
    assert.deepEqual(titles(await list({ q: 'serviced echo' })), []);
  });

  test('bodies that do not fit are refused with all that is wrong', async () => {
    const long = 'x'.repeat(10_001);
    expectViolations(await seller.api.post('/products', { title: 'ab', condition: 'mint', currency: 'EURO', stock: -1 }), 'common.invalid', [
      '/title min_length', '/condition enum', '/currency max_length', '/stock min',
    ]);
    const rows: [Json, string][] = [
      [{ title: 'x'.repeat(201) }, '/title max_length'],
      [{ description: long }, '/description max_length'],
      [{ currency: 'XYZ' }, '/currency currency'],
      [{ currency: 'eur' }, '/currency currency'],
      [{ stock: 1_000_001 }, '/stock max'],
      [{ low_stock_at: -1 }, '/low_stock_at min'],
      [{ category: 'no-such-category' }, '/category exists'],
      [{ video_url: 'http://video.example/1' }, '/video_url https-uri'],
      [{ video_url: `https://video.example/${'x'.repeat(500)}` }, '/video_url max_length'],
      [{ specifications: [{ name: '', value: 'x'.repeat(301) }] }, '/specifications/0/name min_length'],
      [{ specifications: Array.from({ length: 51 }, () => ({ name: 'a', value: 'b' })) }, '/specifications max_items'],
      [{ shipping: { from_country: 'de' } }, '/shipping/from_country country'],
      [{ shipping: { destinations: ['Germany'] } }, '/shipping/destinations/0 max_length'],
      [{ shipping: { handling_days: 61 } }, '/shipping/handling_days max'],
      [{ shipping: { note: 'x'.repeat(501) } }, '/shipping/note max_length'],
      [{ images: Array.from({ length: 13 }, () => ({})) }, '/images max_items'],
      [{ images: [{}] }, '/images/0 one_of'],
      [{ owner: 'me' }, '/owner unknown'],
    ];
    for (const [more, violation] of rows) {
      const reply = await seller.api.post('/products', productDraft(more));
      assert.equal(reply.status, 422, JSON.stringify(more).slice(0, 100));
      const found = reply.body.violations.map((row: Json) => `${row.pointer} ${row.rule}`);
      assert.ok(found.includes(violation), `${JSON.stringify(more).slice(0, 100)}: ${found}`);
    }
    expectStatus(await seller.api.patch(`/products/${(await makeProduct(seller)).id}`, { stock: 5 }), 422);
  });

  test('products of others are theirs', async () => {
    const product = await publishProduct(seller, { title: 'Not yours' });
    const draft = await makeProduct(seller);
    const calls: [string, string, Json?][] = [
      ['PATCH', '', { title: 'Mine now' }], ['DELETE', ''], ['POST', '/publish'], ['POST', '/withdraw'],
      ['POST', '/stock', { kind: 'in', quantity: 1 }], ['GET', '/stock/movements'],
    ];
    for (const [method, path, body] of calls) {
      expectProblem(await other.api.call(method, `/products/${product.id}${path}`, { body }), 403, 'common.forbidden');
      expectProblem(await other.api.call(method, `/products/${draft.id}${path}`, { body }), 404, 'common.not_found');
      expectProblem(await listener.api.call(method, `/products/${product.id}${path}`, { body }), 403, 'common.not_allowed');
      expectProblem(await lathe().api.call(method, `/products/${product.id}${path}`, { body }), 401, 'common.login_needed');
    }
    expectProblem(await listener.api.post('/products', productDraft()), 403, 'common.not_allowed');
    expectProblem(await seller.api.put(`/products/${product.id}/featured`), 403, 'common.not_allowed');
    expectProblem(await seller.api.delete(`/products/${product.id}/featured`), 403, 'common.not_allowed');
    assert.equal(expectStatus(await lathe().api.get(`/products/${product.id}`), 200).title, 'Not yours');
  });

  test('lists filter, sort and go on by cursor', async () => {
    const shop = await newMerchant(lathe().api);
    for (const [title, category, condition] of [['Alpha', 'vinyl', 'new'], ['Bravo', 'vinyl', 'good'], ['Charlie', 'tapes', 'new'], ['Delta', 'microphones', 'fair']] as const)
      await publishProduct(shop, { title: `${title} ${shop.username}`, category, condition });
    await makeProduct(shop, { title: 'Hidden' });
    const names = async (query: Json): Promise<string> =>
      titles(await list({ seller: shop.username, ...query })).map((title) => title[0]).join('');
    assert.equal(await names({}), 'DCBA');
    assert.equal(await names({ sort: 'oldest' }), 'ABCD');
    assert.equal(await names({ category: 'records' }), 'CBA');
    assert.equal(await names({ category: 'records', condition: 'new' }), 'CA');
    assert.equal(await names({ category: 'tapes' }), 'C');
    assert.equal(await names({ category: 'nowhere' }), '');
    assert.equal(await names({ q: 'bra' }), 'B');
    assert.equal(await names({ q: '...' }), '');
    assert.equal(await names({ status: 'sold' }), '');
    assert.equal(await names({ seller: 'nobody-at-all' }), '');
    const total = async (query: Json): Promise<number> => (await list({ seller: shop.username, with_total: true, limit: 1, ...query })).total;
    assert.deepEqual([await total({}), await total({ category: 'records', condition: 'new' }), await total({ q: 'bra' }), await total({ q: '...' })], [4, 2, 1, 0]);
    assert.equal((await list({ seller: shop.username })).total, undefined);
    const delta = (await list({ seller: shop.id, category: 'studio' })).items[0];
    for (let i = 0; i < 2; i++) assert.equal((await admin.api.put(`/products/${delta.id}/featured`)).status, 204);
    assert.equal(await names({ featured: true }), 'D');
    assert.equal((await list({ seller: shop.id, featured: true })).items[0].is_featured, true);
    for (let i = 0; i < 2; i++) assert.equal((await admin.api.delete(`/products/${delta.id}/featured`)).status, 204);
    assert.equal(await names({ featured: true }), '');
    let walked = '';
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Json = await list({ seller: shop.id, limit: 3, ...(cursor === '' ? {} : { cursor }) });
      walked += titles(page).map((title) => title[0]).join('');
      cursor = page.next_cursor;
    }
    assert.equal(walked, 'DCBA');
    expectStatus(await lathe().api.get('/products', { query: { cursor: 'nonsense' } }), 422);
    expectStatus(await lathe().api.get('/products', { query: { status: 'draft' } }), 422);
    const own = expectStatus(await shop.api.get('/me/products', { query: { limit: 2 } }), 200);
    const rest = expectStatus(await shop.api.get('/me/products', { query: { cursor: own.next_cursor } }), 200);
    assert.deepEqual([...titles(own), ...titles(rest)].map((title) => title[0]), ['H', 'D', 'C', 'B', 'A']);
    assert.deepEqual(titles(expectStatus(await shop.api.get('/me/products', { query: { status: 'draft' } }), 200)), ['Hidden']);
  });

  test('a view counts once a viewer and hour, unless its owner looks', async () => {
    const product = await publishProduct(seller, { title: 'Looked at' });
    const see = async (api: Api): Promise<boolean> =>
      expectStatus(await api.post(`/products/${product.id}/views`), 200).counted;
    assert.equal(await see(listener.api), true);
    assert.equal(await see(listener.api), false);
    assert.equal(await see(lathe().api), true);
    assert.equal(await see(lathe().api), false);
    assert.equal(await see(seller.api), false);
    assert.equal(await see(other.api), true);
    assert.equal(expectStatus(await lathe().api.get(`/products/${product.id}`), 200).view_count, 3);
    const first = await publishProduct(seller, { title: 'Not looked at' });
    const sorted = (await list({ seller: seller.id, sort: 'views' })).items.map((item: Json) => item.id);
    assert.ok(sorted.indexOf(product.id) < sorted.indexOf(first.id));
    expectProblem(await lathe().api.post(`/products/${(await makeProduct(seller)).id}/views`), 404, 'common.not_found');
  });

  test('pictures are kept in their order, replaced and taken out', async () => {
    const uploads = [await uploadPicture(seller), await uploadPicture(seller, 96)];
    const made = await makeProduct(seller, { images: uploads.map((upload_id, i) => ({ upload_id, alt: `Side ${i + 1}` })) });
    const product = await processedProduct(seller, made.id);
    assert.deepEqual(product.images.map((image: Json) => [image.alt, image.status]), [['Side 1', 'ready'], ['Side 2', 'ready']]);
    expectStatus(await seller.api.post(`/products/${made.id}/publish`), 200);
    const [one, two] = product.images;
    const picture = await lathe().api.root('GET', one.url);
    assert.deepEqual([picture.status, picture.headers.get('content-type')], [200, 'image/jpeg']);
    const third = await uploadPicture(seller, 80);
    const changed = expectStatus(await seller.api.patch(`/products/${made.id}`, { images: [{ image_id: two.id, alt: 'Back' }, { upload_id: third }] }), 200);
    assert.deepEqual(changed.images.map((image: Json) => image.alt), ['Back', '']);
    assert.ok(changed.cover_url.includes(two.id));
    const own = expectStatus(await seller.api.get(`/products/${made.id}`), 200);
    assert.ok(!own.images.some((image: Json) => image.id === one.id));
    expectViolations(await seller.api.patch(`/products/${made.id}`, { images: [{ image_id: one.id }] }), 'common.invalid', ['/images/0 exists']);
    expectViolations(await seller.api.patch(`/products/${made.id}`, { images: [{ image_id: two.id }, { image_id: two.id }] }), 'common.invalid', ['/images/1 unique']);
    assert.equal((await seller.api.delete(`/products/${made.id}`)).status, 204);
    await expectSound(lathe());
  });

  test('pictures that are refused leave nothing behind', async () => {
    const before = (await expectOwn(seller)).length;
    const theirs = await uploadPicture(other);
    const master = await upload(seller.api, 'cover', makePng(64), 'cover.png');
    const used = await uploadPicture(seller);
    await makeProduct(seller, { images: [{ upload_id: used }] });
    expectProblem(await seller.api.post('/products', productDraft({ images: [{ upload_id: theirs }] })), 404, 'common.not_found');
    expectProblem(await seller.api.post('/products', productDraft({ images: [{ upload_id: master }] })), 422, 'media.upload_purpose');
    expectProblem(await seller.api.post('/products', productDraft({ images: [{ upload_id: used }] })), 409, 'media.upload_used');
    assert.equal((await expectOwn(seller)).length, before + 1);

    const fake = await upload(seller.api, 'image', Buffer.from('this is no picture at all'), 'fake.png');
    const made = await makeProduct(seller, { images: [{ upload_id: fake, alt: 'A lie' }] });
    const refused = await eventually('it is refused', async () => {
      const product = expectStatus(await seller.api.get(`/products/${made.id}`), 200);
      // The picture says so itself, the cover goes with the event that tells the product.
      return product.images[0].problem === null || product.cover_url !== null ? undefined : product;
    });
    assert.deepEqual([refused.images[0].status, refused.images[0].url, refused.cover_url], ['failed', null, null]);
    expectProblem(await seller.api.post(`/products/${made.id}/publish`), 409, 'goods.not_publishable');
    assert.equal((await lathe().api.root('GET', `/media/images/${refused.images[0].id}/512.jpg`)).status, 404);
    expectStatus(await seller.api.patch(`/products/${made.id}`, { images: [] }), 200);
    expectStatus(await seller.api.post(`/products/${made.id}/publish`), 200);
  });

  const expectOwn = async (person: Person): Promise<Json[]> => expectStatus(await person.api.get('/me/products', { query: { limit: 100 } }), 200).items;

  test('stock comes, goes, is counted, and every movement is kept', async () => {
    const product = await makeProduct(seller, { stock: 5, low_stock_at: 2 });
    const move = async (body: Json): Promise<Json> => expectStatus(await seller.api.post(`/products/${product.id}/stock`, body), 200);
    assert.equal((await move({ kind: 'in', quantity: 3, note: 'Found a box' })).stock, 8);
    assert.equal((await move({ kind: 'out', quantity: 2 })).stock, 6);
    const low = async (): Promise<boolean> =>
      expectStatus(await seller.api.get('/me/products/low-stock'), 200).items.some((item: Json) => item.id === product.id);
    assert.equal(await low(), false);
    assert.equal((await move({ kind: 'adjustment', quantity: 2, note: 'Counted' })).stock, 2);
    assert.equal(await low(), true);
    expectProblem(await seller.api.post(`/products/${product.id}/stock`, { kind: 'out', quantity: 3 }), 409, 'goods.out_of_stock');
    expectStatus(await seller.api.post(`/products/${product.id}/stock`, { kind: 'in', quantity: 1_000_000 }), 422);
    expectStatus(await seller.api.post(`/products/${product.id}/stock`, { kind: 'sale', quantity: 1 }), 422);
    expectStatus(await seller.api.post(`/products/${product.id}/stock`, { kind: 'in', quantity: -1 }), 422);
    const first = expectStatus(await seller.api.get(`/products/${product.id}/stock/movements`, { query: { limit: 3 } }), 200);
    const rest = expectStatus(await seller.api.get(`/products/${product.id}/stock/movements`, { query: { cursor: first.next_cursor } }), 200);
    const all = [...first.items, ...rest.items];
    assert.deepEqual(all.map((row: Json) => [row.kind, row.free_delta, row.stock_after]), [['adjustment', -4, 2], ['out', -2, 6], ['in', 3, 8], ['in', 5, 5]]);
    assert.deepEqual(all.map((row: Json) => row.actor_id), Array(4).fill(seller.id));
    assert.equal(rest.next_cursor, null);
  });

  test('an account that goes takes its products along, after it was given them', async () => {
    const leaving = await newMerchant(lathe().api);
    const product = await publishProduct(leaving, { title: 'Left behind' });
    const all = expectStatus(await leaving.api.get('/me/export'), 200);
    assert.equal(JSON.stringify(all).includes('Left behind'), true);
    assert.ok([200, 202, 204].includes((await leaving.api.call('DELETE', '/me', { body: { password: leaving.password } })).status));
    expectProblem(await lathe().api.get(`/products/${product.id}`), 404, 'common.not_found');
    await expectSound(lathe());
  });
});
