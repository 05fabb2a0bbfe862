// SPDX-License-Identifier: AGPL-3.0-or-later
// An administrator shapes the tree of categories on a phone: adds, moves, hides many at once, is refused; and features goods.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { expectStatus, type Json } from '../lib/api.ts';
import { expectAccessible, startBrowser } from '../lib/browser.ts';
import { newMerchant, newOfficial, publishProduct } from '../lib/goods.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { makePng } from '../lib/media.ts';
import type { Person } from '../lib/people.ts';
import { eventually } from '../lib/wait.ts';
import { logIn, openPerson } from './pages.ts';

describe('the tree of categories in a browser', { skip: serveIsMissing() }, () => {
  const lathe = useLathe();
  let browser: Browser;
  let seller: Person;
  let admin: Person;
  let page: Page;
  let faults: string[];

  before(async () => {
    browser = await startBrowser();
    seller = await newMerchant(lathe().api);
    admin = await newOfficial(lathe(), 'admin');
    ({ page, faults } = await openPerson(browser, lathe().origin));
    page.setDefaultTimeout(30_000);
    await page.setViewportSize({ width: 390, height: 844 });
    await logIn(page, admin);
  });
  after(() => browser.close());

  const children = async (slug: string): Promise<string[]> => {
    const tree: Json[] = expectStatus(await admin.api.get('/categories'), 200).items;
    return tree.filter((one) => one.path.startsWith(`${slug}/`) && !one.path.slice(slug.length + 1).includes('/')).map((one) => one.slug);
  };
  const read = async (slug: string): Promise<Json> => expectStatus(await admin.api.get(`/categories/${slug}`), 200);
  const dialog = (): Locator => page.getByRole('dialog');
  const line = (name: string): Locator => page.locator('.line').filter({ has: page.getByRole('link', { name, exact: true }) });
  const button = (name: string): Locator => page.getByRole('button', { name, exact: true });

  test('the menu leads there', async () => {
    await page.getByRole('button', { name: /Account of/ }).click();
    await page.getByRole('link', { name: 'Categories' }).click();
    await line('Records').waitFor();
  });

  test('a category is added with all that it has; what was typed stays when it is refused', async () => {
    await button('Add a category').click();
    await dialog().getByLabel('Name').fill('Flexi discs');
    await dialog().getByLabel('Slug').fill('vinyl');
    await dialog().getByLabel('Description').fill('Thin and soft');
    await dialog().getByLabel('Under').selectOption({ label: 'Records' });
    await dialog().locator('input[type=file]').setInputFiles({ name: 'flexi.png', mimeType: 'image/png', buffer: makePng(64) });
    await dialog().locator('img').waitFor();
    await button('Add it').click();
    await dialog().getByText(/has this slug/).waitFor();
    await expectAccessible(page);
    assert.equal(await dialog().getByLabel('Description').inputValue(), 'Thin and soft');
    await dialog().getByLabel('Slug').fill('');
    await button('Add it').click();
    await line('Flexi discs').waitFor();
    const made = await read('flexi-discs');
    assert.deepEqual([made.path, made.description, made.is_active], ['records/flexi-discs', 'Thin and soft', true]);
    assert.ok(made.image_url);
    assert.equal(await button('Add a category').evaluate((one) => one === document.activeElement), true);
  });

  test('by the keyboard it goes up among its siblings, and the button keeps the focus', async () => {
    const before = await children('records');
    assert.equal(before.at(-1), 'flexi-discs');
    assert.equal(await button('Move Flexi discs down').isDisabled(), true);
    await button('Move Flexi discs up').press('Enter');
    await page.getByText(`Flexi discs is now ${before.length - 1} of ${before.length}.`).waitFor({ state: 'attached' });
    assert.deepEqual(await children('records'), [...before.slice(0, -2), 'flexi-discs', before.at(-2)]);
    assert.equal(await button('Move Flexi discs up').evaluate((one) => one === document.activeElement), true);
  });

  test('it is renamed and hung elsewhere, never below itself', async () => {
    await button('Edit Records').click();
    const offered = await dialog().getByLabel('Under').getByRole('option').allTextContents();
    assert.ok(offered.includes('Instruments') && !offered.some((one) => /Records|Vinyl|Flexi/.test(one)), offered.join());
    await button('Cancel').click();
    await button('Edit Flexi discs').click();
    await dialog().getByLabel('Name').fill('Flexis');
    await dialog().getByLabel('Under').selectOption({ label: 'Instruments' });
    await button('Save').click();
    await line('Flexis').waitFor();
    const { path, name, description } = await read('flexi-discs');
    assert.deepEqual([path, name, description], ['instruments/flexi-discs', 'Flexis', 'Thin and soft']);
  });

  test('several are hidden and moved at once; readers see neither them nor what is below', async () => {
    await page.getByLabel('Select Flexis').check();
    await page.getByLabel('Select Records').check();
    await page.getByText('2 selected').waitFor();
    await button('Hide').click();
    await line('Vinyl').getByText('Hidden with Records').waitFor();
    await line('Flexis').getByText('Hidden', { exact: true }).waitFor();
    const seen: Json[] = expectStatus(await lathe().api.get('/categories'), 200).items;
    assert.ok(seen.length > 0 && !seen.some((one) => /^records|flexi/.test(one.path)));
    await button('Show').click();
    await page.getByText('Hidden with Records').first().waitFor({ state: 'detached' });
    await page.getByLabel('Select Records').uncheck();
    await page.getByLabel('Where to move them').selectOption({ label: 'Records' });
    await button('Move').click();
    await eventually('it is back', async () => (await read('flexi-discs')).path === 'records/flexi-discs');
  });

  test('what cannot be done with one is done with none, and said at its row', async () => {
    expectStatus(await admin.api.post('/categories/flexi-discs/move', { parent_id: (await read('instruments')).id }), 200);
    await page.getByLabel('Select Instruments').check();
    await page.getByLabel('Select Flexis').uncheck();
    await page.getByLabel('Where to move them').selectOption({ label: '– Flexis' });
    await button('Move').click();
    await page.getByText('Nothing was changed.').waitFor();
    await line('Instruments').getByText(/below itself/).waitFor();
    await expectAccessible(page);
    assert.equal((await read('instruments')).depth, 0);
  });

  test('what is used is not deleted; what nothing uses is', async () => {
    const product = await publishProduct(seller, { title: 'Postcard record', category: 'flexi-discs' });
    await button('Delete Flexis').click();
    await button('Delete it').click();
    await dialog().getByText('1 product is in it.').waitFor();
    await button('Keep it').click();
    expectStatus(await seller.api.patch(`/products/${product.id}`, { category: 'vinyl' }), 200);
    await button('Delete Flexis').click();
    await button('Delete it').click();
    await line('Flexis').waitFor({ state: 'detached' });
    assert.equal((await admin.api.get('/categories/flexi-discs')).status, 404);
  });

  test('an administrator features goods, and everybody finds them first', async () => {
    const product = await publishProduct(seller, { title: 'Golden test pressing' });
    await page.goto(`/products/${product.slug}`);
    await button('Feature it').click();
    await button('Feature it no more').waitFor();
    await page.goto('/products');
    await page.getByRole('region', { name: 'Featured' }).getByRole('link', { name: 'Golden test pressing' }).waitFor();
    await expectAccessible(page);
    await page.goto(`/products/${product.slug}`);
    await button('Feature it no more').click();
    await button('Feature it').waitFor();
    await page.goto('/products');
    await page.getByRole('link', { name: 'Golden test pressing' }).first().waitFor();
    assert.equal(await page.getByRole('region', { name: 'Featured' }).count(), 0);
  });

  test('it is for administrators alone, and no page had a fault', async () => {
    const other = await openPerson(browser, lathe().origin);
    await logIn(other.page, seller);
    await other.page.goto('/categories');
    await other.page.getByRole('heading', { name: 'This is for administrators' }).waitFor();
    assert.deepEqual([...faults, ...other.faults], []);
  });
});
