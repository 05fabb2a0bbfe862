// SPDX-License-Identifier: AGPL-3.0-or-later
// The tree of categories: shaped by administrators, counted, and never a circle.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { newMerchant, newOfficial, publishProduct, uploadPicture } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { upload } from '../../lib/media.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, shopSettings } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('categories', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, LATHE_BUS_POLL: '50ms' } });
  let seller: Person;
  let admin: Person;
  let moderator: Person;

  before(async () => {
    seller = await newMerchant(lathe().api);
    admin = await newOfficial(lathe(), 'admin');
    moderator = await newOfficial(lathe(), 'moderator');
  });

  const tree = async (person?: Person): Promise<Json[]> => expectStatus(await (person?.api ?? lathe().api).get('/categories'), 200).items;
  const make = async (body: Json): Promise<Json> => expectStatus(await admin.api.post('/categories', body), 201);
  const read = async (key: string): Promise<Json> => expectStatus(await admin.api.get(`/categories/${key}`), 200);

  test('an instance starts with a tree, each category before what lies below it', async () => {
    const all = await tree();
    const paths = all.map((category) => category.path);
    assert.ok(paths.includes('records/vinyl') && paths.includes('instruments/guitars'));
    for (const category of all) {
      assert.equal(category.path.split('/').length, category.depth + 1);
      if (category.depth > 0) assert.ok(paths.indexOf(category.path.slice(0, category.path.lastIndexOf('/'))) < paths.indexOf(category.path));
    }
    assert.equal((await read('vinyl')).id, all.find((category) => category.slug === 'vinyl')?.id);
  });

  test('administrators add, change and delete; others may not', async () => {
    const parent = await make({ name: 'Test gear', description: 'For benches' });
    assert.deepEqual([parent.slug, parent.depth, parent.is_active], ['test-gear', 0, true]);
    const child = await make({ name: 'Scopes', slug: 'oscilloscopes', parent_id: parent.id, position: 5 });
    assert.deepEqual([child.path, child.depth, child.position], ['test-gear/oscilloscopes', 1, 5]);
    expectProblem(await admin.api.post('/categories', { name: 'Again', slug: 'oscilloscopes' }), 409, 'goods.slug_taken');
    expectProblem(await admin.api.patch(`/categories/${child.id}`, { slug: 'vinyl' }), 409, 'goods.slug_taken');
    const renamed = expectStatus(await admin.api.patch('/categories/oscilloscopes', { name: 'Oscilloscopes', slug: 'scopes' }), 200);
    assert.equal(renamed.path, 'test-gear/scopes');
    expectProblem(await admin.api.delete(`/categories/${parent.id}`), 409, 'goods.category_used');
    for (const person of [seller, moderator]) {
      expectProblem(await person.api.post('/categories', { name: 'Mine' }), 403, 'common.not_allowed');
      expectProblem(await person.api.patch('/categories/scopes', { name: 'Mine' }), 403, 'common.not_allowed');
      expectProblem(await person.api.post('/categories/scopes/move', { parent_id: null }), 403, 'common.not_allowed');
      expectProblem(await person.api.post('/categories/bulk', { changes: [{ id: child.id }] }), 403, 'common.not_allowed');
      expectProblem(await person.api.delete('/categories/scopes'), 403, 'common.not_allowed');
    }
    expectProblem(await lathe().api.post('/categories', { name: 'Nobody' }), 401, 'common.login_needed');
    const stale = (await admin.api.get(`/categories/${parent.id}`)).headers.get('etag') ?? '';
    expectStatus(await admin.api.patch(`/categories/${parent.id}`, { description: '' }), 200);
    expectProblem(await admin.api.delete(`/categories/${parent.id}`, { headers: { 'if-match': stale } }), 412, 'common.precondition_failed');
    assert.equal((await admin.api.delete('/categories/scopes')).status, 204);
    assert.equal((await admin.api.delete(`/categories/${parent.id}`)).status, 204);
    for (const call of [admin.api.get('/categories/scopes'), admin.api.delete('/categories/scopes'), admin.api.patch('/categories/scopes', {}), admin.api.post('/categories/scopes/move', { parent_id: null })])
      expectProblem(await call, 404, 'common.not_found');
  });

  test('what does not fit is refused', async () => {
    const rows: [Json, string][] = [
      [{ name: '' }, '/name min_length'],
      [{ name: 'x'.repeat(81) }, '/name max_length'],
      [{ name: 'A', slug: 'Not A Slug' }, '/slug slug'],
      [{ name: 'A', description: 'x'.repeat(2001) }, '/description max_length'],
      [{ name: 'A', position: -1 }, '/position min'],
      [{ name: 'A', parent_id: '01900000-0000-7000-9000-0000000000ff' }, '/parent_id exists'],
      [{}, '/name required'],
    ];
    for (const [body, violation] of rows) expectViolations(await admin.api.post('/categories', body), 'common.invalid', [violation]);
    let parent: string | null = null;
    for (let depth = 0; depth < 8; depth++) parent = (await make({ name: `Level ${depth}`, parent_id: parent })).id;
    expectViolations(await admin.api.post('/categories', { name: 'Too deep', parent_id: parent }), 'common.invalid', ['/parent_id depth']);
  });

  test('no category lies below itself, whoever moves what', async () => {
    const a = await make({ name: 'Circle A' });
    const b = await make({ name: 'Circle B', parent_id: a.id });
    const c = await make({ name: 'Circle C', parent_id: b.id });
    for (const id of [a.id, b.id, c.id])
      expectProblem(await admin.api.post(`/categories/${a.id}/move`, { parent_id: id }), 409, 'goods.category_circle');
    expectProblem(await admin.api.patch(`/categories/${a.id}`, { parent_id: c.id }), 409, 'goods.category_circle');
    const swapped = { changes: [{ id: b.id, parent_id: null }, { id: a.id, parent_id: b.id }, { id: b.id, parent_id: a.id }] };
    const circle = expectProblem(await admin.api.post('/categories/bulk', swapped), 409, 'goods.category_circle');
    assert.deepEqual(circle.violations?.map((one: Json) => one.pointer), ['/changes/2']);
    assert.equal((await read(c.id)).path, 'circle-a/circle-b/circle-c');
    const d = await make({ name: 'Circle D' });
    const both = await Promise.all([
      admin.api.post(`/categories/${a.id}/move`, { parent_id: d.id }),
      admin.api.post(`/categories/${d.id}/move`, { parent_id: a.id }),
    ]);
    assert.deepEqual(both.map((reply) => reply.status).sort(), [200, 409]);
    const moved = expectStatus(await admin.api.post(`/categories/${c.id}/move`, { parent_id: null, position: 3 }), 200);
    assert.deepEqual([moved.parent_id, moved.depth, moved.position], [null, 0, 3]);
  });

  test('behind the last possible place is that place', async () => {
    const parent = await make({ name: 'Crowded' });
    const last = await make({ name: 'Last', parent_id: parent.id, position: 1_000_000 });
    const behind = await make({ name: 'Behind', parent_id: parent.id });
    assert.deepEqual([last.position, behind.position], [1_000_000, 1_000_000]);
    const both = (await tree()).filter((category) => category.parent_id === parent.id).map((category) => category.name);
    assert.deepEqual(both, ['Last', 'Behind']);
  });

  test('many are changed at once, or none', async () => {
    const rows = [await make({ name: 'Bulk one' }), await make({ name: 'Bulk two' }), await make({ name: 'Bulk three' })];
    const [one, two, three] = rows.map((row) => row.id);
    const all = expectStatus(await admin.api.post('/categories/bulk', { changes: [{ id: two, parent_id: one, name: 'Second' }, { id: three, parent_id: two, is_active: false }] }), 200).items;
    assert.ok(all.some((category: Json) => category.path === 'bulk-one/bulk-two/bulk-three' && category.is_active === false));
    const nowhere = '01900000-0000-7000-9000-0000000000ff';
    const refused: [Json, number, string, string][] = [
      [{ id: nowhere, name: 'x' }, 404, 'common.not_found', '/changes/1'],
      [{ id: two, slug: 'vinyl' }, 409, 'goods.slug_taken', '/changes/1'],
      [{ id: two, parent_id: nowhere }, 422, 'common.invalid', '/changes/1/parent_id'],
      [{ id: two, name: '' }, 422, 'common.invalid', '/changes/1/name'],
    ];
    for (const [change, status, reason, pointer] of refused) {
      const problem = expectProblem(await admin.api.post('/categories/bulk', { changes: [{ id: one, name: 'Never' }, change] }), status, reason);
      assert.deepEqual(problem.violations?.map((violation: Json) => violation.pointer), [pointer]);
    }
    assert.equal((await read(one)).name, 'Bulk one');
    expectStatus(await admin.api.post('/categories/bulk', { changes: [] }), 422);
    expectStatus(await admin.api.post('/categories/bulk', { changes: Array.from({ length: 101 }, () => ({ id: one })) }), 422);
    assert.ok(!(await tree()).some((category) => category.id === three), 'readers do not see what is switched off');
    expectProblem(await lathe().api.get(`/categories/${three}`), 404, 'common.not_found');
  });

  test('products are counted with what lies below, and follow a category that moves', async () => {
    const top = await make({ name: 'Counted top' });
    const low = await make({ name: 'Counted low', parent_id: top.id });
    const elsewhere = await make({ name: 'Counted elsewhere' });
    const product = await publishProduct(seller, { title: 'Follows its category', category: low.id });
    assert.equal((await read(top.id)).product_count, 1);
    expectProblem(await admin.api.delete(`/categories/${low.id}`), 409, 'goods.category_used');
    const found = async (category: string): Promise<boolean> =>
      expectStatus(await lathe().api.get('/products', { query: { category } }), 200).items.some((item: Json) => item.id === product.id);
    assert.deepEqual([await found(top.slug), await found(elsewhere.slug)], [true, false]);
    expectStatus(await admin.api.post(`/categories/${low.id}/move`, { parent_id: elsewhere.id }), 200);
    await eventually('the product followed', async () => !(await found(top.slug)) && (await found(elsewhere.slug)));
    assert.deepEqual([(await read(top.id)).product_count, (await read(elsewhere.id)).product_count], [0, 1]);
    expectStatus(await seller.api.patch(`/products/${product.id}`, { category: top.slug }), 200);
    assert.deepEqual([(await read(top.id)).product_count, (await read(elsewhere.id)).product_count], [1, 0]);
    expectStatus(await seller.api.post(`/products/${product.id}/withdraw`), 200);
    assert.equal((await read(top.id)).product_count, 0);
    assert.equal((await admin.api.delete(`/categories/${low.id}`)).status, 204);
    await expectSound(lathe());
  });

  test('a category has a picture, unless it is none', async () => {
    const made = await make({ name: 'With a picture', image_upload_id: await uploadPicture(admin) });
    await eventually('it can be seen', async () => (await lathe().api.root('GET', made.image_url)).status === 200);
    const without = expectStatus(await admin.api.patch(`/categories/${made.id}`, { image_upload_id: null }), 200);
    assert.equal(without.image_url, null);
    const fake = await upload(admin.api, 'image', Buffer.from('this is no picture at all'), 'fake.png');
    expectStatus(await admin.api.patch(`/categories/${made.id}`, { image_upload_id: fake }), 200);
    await eventually('what is no picture is taken away', async () => (await read(made.id)).image_url === null);
    expectProblem(await admin.api.patch(`/categories/${made.id}`, { image_upload_id: fake }), 409, 'media.upload_used');
  });
});
