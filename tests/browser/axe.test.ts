// SPDX-License-Identifier: AGPL-3.0-or-later
// Every page, light and dark, on a desk and on a phone: nothing that axe can see is wrong, and nothing sticks out sideways.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { expectAccessible, startBrowser } from '../lib/browser.ts';
import { newOfficial } from '../lib/goods.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import type { Person } from '../lib/people.ts';
import { logIn as enter, openPerson } from './pages.ts';
import { seedShop, type Shop } from './seed.ts';

type Who = 'visitor' | 'buyer' | 'seller' | 'admin';
const pages: { who: Who; path: (shop: Shop) => string; shows: RegExp }[] = [
  { who: 'visitor', path: () => '/', shows: /Lathe: music/ },
  { who: 'visitor', path: () => '/browse', shows: /Browse/ },
  { who: 'visitor', path: () => '/browse?q=nothing-is-called-so', shows: /nothing-is-called-so/ },
  { who: 'visitor', path: (shop) => `/specs/${shop.published.slug}`, shows: /Sketch/ },
  { who: 'visitor', path: (shop) => `/users/${shop.seller.username}`, shows: /producer/ },
  { who: 'visitor', path: (shop) => `/license-check/${shop.license.key}`, shows: /in force/ },
  { who: 'visitor', path: () => '/cart', shows: /Cart/ },
  { who: 'visitor', path: () => '/auctions', shows: /Auctions/ },
  { who: 'visitor', path: () => '/auctions/rules', shows: /How auctions work/ },
  { who: 'visitor', path: (shop) => `/auctions/${shop.lot.id}`, shows: /Test pressing/ },
  { who: 'visitor', path: () => '/products', shows: /Goods/ },
  { who: 'visitor', path: (shop) => `/products/${shop.product.slug}`, shows: /Test pressing/ },
  { who: 'visitor', path: () => '/source', shows: /Source/ },
  { who: 'visitor', path: () => '/login', shows: /Log in/ },
  { who: 'visitor', path: () => '/register', shows: /Make an account/ },
  { who: 'visitor', path: () => '/forgot', shows: /Forgotten/ },
  { who: 'visitor', path: () => '/reset', shows: /New password/ },
  { who: 'visitor', path: () => '/not/a/page', shows: /Nothing is cut here/ },
  { who: 'buyer', path: () => '/verify', shows: /Confirm/ },
  { who: 'buyer', path: () => '/account', shows: /Account/ },
  { who: 'buyer', path: () => '/favorites', shows: /Favourites/ },
  { who: 'buyer', path: () => '/purchases', shows: /Purchases/ },
  { who: 'buyer', path: (shop) => `/purchases/${shop.license.id}`, shows: /Sketch/ },
  { who: 'buyer', path: (shop) => `/orders/${shop.order.id}`, shows: /Paid/ },
  { who: 'buyer', path: (shop) => `/orders/${shop.pending.id}`, shows: /Pay your order/ },
  { who: 'buyer', path: (shop) => `/auctions/${shop.lot.id}`, shows: /Test pressing/ },
  { who: 'buyer', path: () => '/auctions?show=bidding', shows: /Auctions/ },
  { who: 'buyer', path: () => '/notifications', shows: /Notifications/ },
  { who: 'buyer', path: () => '/messages', shows: /Messages/ },
  { who: 'seller', path: () => '/auctions/new', shows: /Auction something/ },
  { who: 'seller', path: () => '/studio/products', shows: /Your goods/ },
  { who: 'seller', path: (shop) => `/studio/products/${shop.product.id}`, shows: /Test pressing/ },
  { who: 'seller', path: () => '/studio/products/new', shows: /Offer goods/ },
  { who: 'seller', path: () => '/studio', shows: /Studio/ },
  { who: 'seller', path: () => '/studio/new', shows: /Publish music/ },
  { who: 'seller', path: (shop) => `/studio/${shop.draft.id}`, shows: /Unfinished/ },
  { who: 'seller', path: (shop) => `/studio/${shop.published.id}/analytics`, shows: /Analytics/ },
  { who: 'seller', path: () => '/sales', shows: /Sales/ },
  { who: 'seller', path: () => '/sales?tab=ledger', shows: /Sales/ },
  { who: 'seller', path: () => '/sales/analytics', shows: /Analytics/ },
  { who: 'admin', path: () => '/categories', shows: /Categories/ },
];

// The same page in the dark differs in nothing but its colours.
const BY_COLOUR = ['color-contrast', 'link-in-text-block'];
const looks: { name: string; colorScheme: 'light' | 'dark'; rules?: string[]; width: number; height: number }[] = [
  { name: 'light, desk', colorScheme: 'light', width: 1280, height: 860 },
  { name: 'dark, desk', colorScheme: 'dark', rules: BY_COLOUR, width: 1280, height: 860 },
  { name: 'light, phone', colorScheme: 'light', width: 375, height: 812 },
  { name: 'dark, phone', colorScheme: 'dark', rules: BY_COLOUR, width: 375, height: 812 },
];

describe('every page', { skip: serveIsMissing() }, () => {
  const lathe = useLathe();
  let browser: Browser;
  let shop: Shop;
  const browsers = new Map<Who, { page: Page; faults: string[] }>();

  async function logIn(who: Who, person?: Person): Promise<void> {
    const opened = await openPerson(browser, lathe().origin);
    browsers.set(who, opened);
    if (!person) return;
    await enter(opened.page, person);
  }

  before(async () => {
    shop = await seedShop(lathe().api);
    browser = await startBrowser();
    await logIn('visitor');
    await logIn('buyer', shop.buyer);
    await logIn('seller', shop.seller);
    await logIn('admin', await newOfficial(lathe(), 'admin'));
  });
  after(() => browser.close());

  async function visit(entry: (typeof pages)[number]): Promise<Page> {
    const { page } = browsers.get(entry.who) ?? assert.fail(`nobody is ${entry.who}`);
    await page.goto(entry.path(shop));
    await page.getByRole('heading', { level: 1, name: entry.shows }).waitFor({ state: 'attached' });
    await page.waitForFunction(() => !document.querySelector('.bones') && !document.querySelector('[aria-busy="true"]'));
    return page;
  }

  for (const entry of pages) {
    test(`${entry.who}: ${String(entry.path).replace(/^.*=> /, '')}`, async () => {
      const page = await visit(entry);
      for (const look of looks) {
        await page.setViewportSize(look);
        await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
        await expectAccessible(page, look.rules);
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overhang <= 0, `${look.name}: the page is ${overhang} pixels wider than its window`);
      }
    });
  }

  test('no page had a fault', () => {
    assert.deepEqual([...browsers.values()].flatMap((one) => one.faults), []);
  });
});
