// SPDX-License-Identifier: AGPL-3.0-or-later
// Scripts planted in what members write run in nobody's browser, and are not even taken for one: every field that a page shows holds
// markup, the pages that show them are opened, and the page's policy has nothing to stop. What the browser keeps of a session.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { expectStatus, type Json } from '../lib/api.ts';
import { newLot, soon } from '../lib/auctions.ts';
import { startBrowser } from '../lib/browser.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { license, publishSpec } from '../lib/shop.ts';
import { logIn, openPerson, type Person as Visitor } from './pages.ts';

const PLANT = '<img src=x onerror=planted=1>';
const LONG = `${PLANT} <script>planted=1</script> <svg/onload=planted=1> [link](javascript:planted=1) ![p](x"onerror=planted=1) <a href="javascript:planted=1">a</a> {@html planted=1} \${planted=1}`;

/** The same JSON, with members in each object that would change all objects where a page copies them carelessly. */
function poisoned(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(poisoned).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([name, inner]) => `${JSON.stringify(name)}:${poisoned(inner)}`);
  return `{${['"__proto__":{"polluted":1}', '"constructor":{"prototype":{"polluted":1}}', ...members].join()}}`;
}

describe('what members write', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: { LATHE_CHAT_MESSAGES_PER_MINUTE: '0' } });
  let browser: Browser;
  let visitor: Visitor;
  let seller: Person;
  let buyer: Person;
  let paths: { path: string; shows: boolean }[];

  /** The pages that show it, and others that may. */
  async function plant(): Promise<typeof paths> {
    const names = { display_name: PLANT, bio: LONG, first_name: PLANT, last_name: PLANT };
    for (const { api } of [seller, buyer]) expectStatus(await api.patch('/me', names), 200);
    const music = await publishSpec(seller, { title: `${PLANT} music`, description: LONG, tags: ['<b onclick=1>'], licenses: [{ ...license('basic', 2000), name: PLANT, features: [PLANT] }] });
    const lot = await newLot(seller, { ends_at: soon(3_600_000) }, { title: `${PLANT} goods`, description: LONG, specifications: [{ name: PLANT, value: LONG.slice(0, 200) }] });
    const room = expectStatus(await seller.api.post('/chat/direct', { account_id: buyer.id }), 200);
    expectStatus(await seller.api.post(`/chat/rooms/${room.id}/messages`, { text: LONG }), 201);
    const live: Json = expectStatus(await seller.api.post('/chat/rooms', { title: PLANT, topic: LONG.slice(0, 200) }), 201);
    expectStatus(await seller.api.post(`/chat/rooms/${live.id}/messages`, { text: PLANT }), 201);
    const product = lot.item?.slug ?? lot.product?.slug ?? lot.item_id;
    const showing = ['/browse', `/browse?q=${encodeURIComponent(PLANT)}`, `/specs/${music.id}`, `/users/${seller.username}`, '/auctions', `/auctions/${lot.id}`, '/products', `/products/${product}`, '/messages', `/messages/${room.id}`];
    return [...showing.map((path) => ({ path, shows: true })), ...['/', '/notifications', '/account'].map((path) => ({ path, shows: false }))];
  }

  before(async () => {
    [seller, buyer] = await Promise.all([newPerson(lathe().api, 'producer'), newPerson(lathe().api)]);
    paths = await plant();
    browser = await startBrowser();
    visitor = await openPerson(browser, lathe().origin);
    await logIn(visitor.page, buyer);
  });
  after(() => browser?.close());

  test('is text on every page that shows it', async () => {
    const { page, faults } = visitor;
    for (const { path, shows } of paths) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
      if (shows) await page.getByText('onerror=planted=1').first().waitFor({ state: 'attached' });
      const found = await page.evaluate(() => ({
        ran: 'planted' in globalThis,
        markup: [...document.querySelectorAll('[onerror], [onload], [onclick], script:not([src]), a[href^="javascript:" i], img[src="x"]')].map((each) => each.outerHTML.slice(0, 120)),
      }));
      assert.deepEqual([path, found.ran, found.markup], [path, false, []]);
    }
    assert.deepEqual(faults, [], 'the policy had something to stop');
  });

  test('changes nothing of what all objects have, nor does the address or what the browser kept', async () => {
    const { page } = visitor;
    let replies = 0;
    await page.route('**/api/v1/**', async (route) => {
      const reply = await route.fetch();
      if (!/\bjson\b/.test(reply.headers()['content-type'] ?? '')) return route.fulfill({ response: reply });
      replies++;
      return route.fulfill({ response: reply, body: poisoned(JSON.parse(await reply.text())) });
    });
    try {
      const store = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
      await page.evaluate((text) => Object.keys(localStorage).forEach((name) => localStorage.setItem(name, text)), store);
      for (const { path } of paths.filter(({ path }) => /q=|specs|auctions\/|messages\/|account/.test(path))) {
        const query = '__proto__[polluted]=1&__proto__.polluted=1&constructor[prototype][polluted]=1&__proto__=polluted';
        await page.goto(`${path}${path.includes('?') ? '&' : '?'}${query}#__proto__[polluted]=1`);
        await page.locator('h1, [role=alert]').first().waitFor({ state: 'attached' });
        const found = await page.evaluate(() => ({ polluted: 'polluted' in {} || 'polluted' in Array.prototype, added: Object.keys(Object.prototype) }));
        assert.deepEqual([path, found.polluted, found.added], [path, false, []]);
      }
      assert.ok(replies > 10, `${replies} replies were poisoned`);
    } finally {
      await page.unrouteAll({ behavior: 'ignoreErrors' }); // a reply may be on its way
      await page.evaluate(() => localStorage.clear());
    }
  });

  test('may be a link to the web alone', async () => {
    for (const url of ['javascript:planted=1', 'JavaScript://x/%0aplanted=1', 'data:text/html,<script>planted=1</script>', 'vbscript:x', '//elsewhere.example.org', 'https://a.example.org/"onclick="planted=1'])
      for (const name of ['website', 'youtube']) assert.equal((await seller.api.patch('/me', { [name]: url })).status, 422, `${name} ${url}`);
  });

  test('a session leaves nothing for scripts, nor after its end', async () => {
    const { page, context } = visitor;
    const kept = (): Promise<string> => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));
    await page.goto('/account');
    assert.doesNotMatch(await kept(), /eyJ|[0-9a-f]{32}|token/i);
    assert.doesNotMatch(await page.evaluate(() => document.cookie), /lathe_session|lathe_refresh/);
    const menu = page.getByRole('button', { name: /Account of/ });
    await menu.click();
    await page.getByRole('button', { name: 'Log out' }).or(page.getByRole('menuitem', { name: 'Log out' })).click();
    await menu.waitFor({ state: 'detached' });
    assert.deepEqual((await context.cookies()).filter(({ name }) => name.includes('lathe_')), []);
    assert.doesNotMatch(await kept(), new RegExp(`${buyer.username}|${buyer.email}`));
    await page.goto('/purchases');
    await page.getByLabel('Password', { exact: true }).or(page.getByRole('link', { name: 'Log in' })).first().waitFor();
  });

  test('a password is masked, may be pasted, and managers know it', async () => {
    const { page } = visitor;
    await page.goto('/login');
    const field = page.getByLabel('Password', { exact: true });
    assert.equal(await field.getAttribute('type'), 'password');
    assert.equal(await field.getAttribute('autocomplete'), 'current-password');
    await field.evaluate((input: HTMLInputElement) => {
      const data = new DataTransfer();
      data.setData('text/plain', 'pasted');
      const wasStopped = !input.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, cancelable: true, bubbles: true }));
      if (wasStopped) throw new Error('pasting was stopped');
    });
    await page.goto('/register');
    assert.equal(await page.getByLabel('Password').getAttribute('autocomplete'), 'new-password');
  });
});
