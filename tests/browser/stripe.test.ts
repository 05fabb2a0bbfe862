// SPDX-License-Identifier: AGPL-3.0-or-later
// Paying by card in a browser: the provider's own script and frame, a good card, a refused one, and pages that go away in between.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { expectAccessible, startBrowser } from '../lib/browser.ts';
import { expectStatus, type Json } from '../lib/api.ts';
import { type Lathe, serveIsMissing, useLathe } from '../lib/lathe.ts';
import type { Person } from '../lib/people.ts';
import { expectSound, itemOf, license, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../lib/shop.ts';
import { StripeStandIn } from '../lib/stripe_stand_in.ts';
import { eventually } from '../lib/wait.ts';
import { logIn, openPerson, type Person as Visitor } from './pages.ts';
import { Line } from './proxy.ts';

const GOOD = '4242 4242 4242 4242';
const DECLINED = '4000 0000 0000 0002';

describe('paying by card in a browser', { skip: serveIsMissing() }, () => {
  let stripe: StripeStandIn;
  let line: Line;
  const lathe: () => Lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    line = await Line.open();
    return { settings: { ...shopSettings, ...stripe.settings, LATHE_PUBLIC_URL: line.origin } };
  });
  let browser: Browser;
  let seller: Person;
  let buyer: Person;
  let spec: Spec;
  let visitor: Visitor;

  before(async () => {
    seller = await newSeller(lathe());
    spec = await publishSpec(seller, { licenses: [license('basic', 2000)] });
    buyer = await newBuyer(lathe());
    browser = await startBrowser();
    line.target = lathe().port;
    visitor = await openPerson(browser, line.origin);
    await logIn(visitor.page, buyer);
  });
  after(async () => {
    await browser?.close();
    await line?.close();
    await stripe?.stop();
  });

  const read = async (id: string): Promise<Json> => expectStatus(await buyer.api.get(`/orders/${id}`), 200);
  const card = (page: Page) => page.frameLocator('iframe').getByLabel('Card number');
  const payButton = (page: Page) => page.getByRole('button', { name: 'Pay $20.00' });
  const paid = (page: Page) => page.getByRole('heading', { level: 1, name: 'Paid. It is yours.' }).waitFor();

  /** An order with its page open. */
  async function openOrder(): Promise<{ page: Page; id: string; intent: string }> {
    const order = await placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
    await visitor.page.goto(`/orders/${order.id}`);
    return { page: visitor.page, id: order.id, intent: order.payment.payment_intent_id };
  }

  test('from the cart to a licence, with a good card', async () => {
    const { page } = visitor;
    await page.goto(`/specs/${spec.view.slug}`);
    await page.getByRole('button', { name: 'Add basic licence to the cart' }).click();
    await page.getByRole('link', { name: 'In the cart' }).click();
    await page.getByLabel(/I accept the terms/).check();
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.waitForURL(/\/orders\/[0-9a-f-]{36}$/);
    await card(page).fill(GOOD);
    await expectAccessible(page);
    await payButton(page).click();
    await paid(page);
    const order = await read(page.url().split('/').at(-1) ?? '');
    assert.equal(order.status, 'paid');
    assert.equal(order.payment.status, 'captured');
    await page.getByRole('link', { name: 'Files' }).click();
    await page.getByRole('link', { name: 'Contract (PDF)' }).waitFor();
  });

  test('what is typed into the frame never comes to the shop', async () => {
    const { page } = await openOrder();
    let heard = '';
    line.tap = (bytes) => (heard += bytes.toString('latin1'));
    await card(page).fill(GOOD);
    await payButton(page).click();
    await paid(page);
    line.tap = undefined;
    assert.match(heard, /payment_intent_id/, 'the shop was told');
    assert.doesNotMatch(heard, new RegExp(GOOD.replaceAll(' ', '[ +-]?')));
  });

  test('a declined card says so, and another one may follow', async () => {
    const { page, id } = await openOrder();
    await card(page).fill(DECLINED);
    await payButton(page).click();
    await page.getByText('Your card was declined.').waitFor();
    assert.equal((await read(id)).status, 'pending');
    await card(page).fill(GOOD);
    await payButton(page).click();
    await paid(page);
  });

  test('a page that is loaded again before the card was given starts anew', async () => {
    const { page } = await openOrder();
    await card(page).fill(GOOD);
    await page.reload();
    assert.equal(await card(page).inputValue(), '');
    await card(page).fill(GOOD);
    await payButton(page).click();
    await paid(page);
  });

  test('a page that goes away after the card was taken is paid when it comes back', async () => {
    const { page, id, intent } = await openOrder();
    await page.route('**/api/v1/payments/verify', (route) => route.abort());
    await card(page).fill(GOOD);
    await payButton(page).click();
    await eventually('the card was taken', () => stripe.intent(intent).status === 'requires_capture');
    await page.reload();
    assert.equal((await read(id)).status, 'pending');
    await page.unroute('**/api/v1/payments/verify');
    await page.reload();
    await paid(page);
    assert.equal((await read(id)).payment.status, 'captured');
  });

  test('a shop that cannot be told at once is told by the same button', async () => {
    const { page, intent } = await openOrder();
    await page.route('**/api/v1/payments/verify', (route) => route.abort(), { times: 1 });
    await card(page).fill(GOOD);
    await payButton(page).click();
    await eventually('the card was taken', () => stripe.intent(intent).status === 'requires_capture');
    await page.getByText('The server cannot be reached.').first().waitFor();
    await payButton(page).click();
    await paid(page);
  });

  test('a webhook pays the order while its page is open', async () => {
    const { page, intent } = await openOrder();
    await card(page).waitFor();
    assert.equal(await stripe.send(lathe().origin, stripe.authorise(intent)), 200);
    await paid(page);
  });

  test('what goes back at the provider is shown to buyer and seller', async () => {
    const { page, id, intent } = await openOrder();
    await card(page).fill(GOOD);
    await payButton(page).click();
    await paid(page);
    for (const event of stripe.refundEvents(stripe.refundByHand(intent, 250))) assert.equal(await stripe.send(lathe().origin, event), 200);
    assert.equal(await stripe.send(lathe().origin, stripe.dispute(intent, 1000).event), 200);
    await eventually('it is booked', async () => (await read(id)).payment.held.amount === 1000);
    await page.reload();
    await page.getByText('basic licence').getByText('$2.50 refunded').waitFor();
    await page.getByText('Held back while a dispute is open').waitFor();
    await expectAccessible(page);

    const shop = await openPerson(browser, line.origin);
    await logIn(shop.page, seller);
    await shop.page.goto('/sales');
    await shop.page.getByText('$2.50 went back').waitFor();
    await shop.page.getByRole('row', { name: /\$2\.50 went back/ }).getByRole('button', { name: /^Refund/ }).click();
    await shop.page.getByRole('dialog').getByText(/gets \$17\.50 back/).waitFor();
    await expectAccessible(shop.page);
    assert.deepEqual(shop.faults, []);
    await shop.context.close();
  });

  test('a script that cannot be loaded is said, and loaded again', async () => {
    const { page } = visitor;
    await page.route(/\/v3\/$/, (route) => route.abort());
    await openOrder();
    await page.getByText(/Stripe could not be reached/).waitFor();
    await page.unroute(/\/v3\/$/);
    await page.reload();
    await card(page).waitFor();
  });

  test('no page had a fault, and every check holds', async () => {
    assert.deepEqual(visitor.faults, []);
    await expectSound(lathe());
  });
});
