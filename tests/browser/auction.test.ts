// SPDX-License-Identifier: AGPL-3.0-or-later
// Two people bid against each other in their own windows; one loses the network for a while; both end up seeing the same.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { Json } from '../lib/api.ts';
import { lotSettings, newLot, soon } from '../lib/auctions.ts';
import { startBrowser } from '../lib/browser.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { eventually } from '../lib/wait.ts';
import { logIn, openPerson, type Person as Window } from './pages.ts';
import { Line } from './proxy.ts';

/** How long the network is away, as the people at the auction notice it. */
const AWAY_MS = 5000;

/** What a window shows of the auction: the price, and the bids beneath it. */
async function shown(page: Page): Promise<{ price: string; bids: number; last: string }> {
  const price = (await page.locator('.price').first().textContent()) ?? '';
  const bids = page.getByRole('list', { name: /Bids/ }).getByRole('listitem');
  return { price: price.trim(), bids: await bids.count(), last: ((await bids.first().textContent()) ?? '').replace(/You|Bidder \d+/, '').trim() };
}

describe('two people at one auction', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: lotSettings });
  let browser: Browser;
  let seller: Person;
  let lot: Json;
  let ada: Window;
  let ben: Window;
  let line: Line;

  async function enter(person: Person, origin: string): Promise<Window> {
    const opened = await openPerson(browser, origin);
    await logIn(opened.page, person);
    await opened.page.goto(`/auctions/${lot.id}`);
    await opened.page.getByRole('button', { name: /^Bid \$/ }).waitFor();
    return opened;
  }

  const bidNext = (page: Page) => page.getByRole('button', { name: /^Bid \$/ }).click();

  before(async () => {
    browser = await startBrowser();
    seller = await newPerson(lathe().api, 'producer');
    lot = await newLot(seller, { starting_price: 1000, ends_at: soon(600_000), soft_close_ms: 60_000, extend_ms: 60_000 }, { title: 'Lathe-cut single' });
    line = await Line.open();
    line.target = lathe().port;
    ada = await enter(await newPerson(lathe().api), lathe().origin);
    ben = await enter(await newPerson(lathe().api), line.origin);
  });
  after(async () => {
    await browser.close();
    await line.close();
  });

  test('a bid shows in both windows', async () => {
    await bidNext(ada.page);
    await ada.page.getByText(/You lead/).first().waitFor();
    await eventually('the other window shows the bid', async () => (await shown(ben.page)).price === '$10' && (await shown(ben.page)).bids === 1);
  });

  test('the other one bids more, and the first is told', async () => {
    await bidNext(ben.page);
    await ada.page.getByText('You have been outbid').waitFor();
    assert.equal((await shown(ada.page)).price, '$10.50');
  });

  test('a maximum answers at once', async () => {
    await ada.page.getByRole('button', { name: 'Other…' }).click();
    await ada.page.getByLabel(/Maximum/).fill('40');
    await ada.page.getByRole('button', { name: 'Place the bid' }).click();
    await ada.page.getByText(/your maximum is \$40/).waitFor();
    await bidNext(ben.page);
    await ben.page.getByText(/Somebody’s maximum is higher/).waitFor();
    await eventually('both show the same price', async () => (await shown(ada.page)).price === (await shown(ben.page)).price);
  });

  test('a window without network says so, and catches up', async () => {
    line.isDown = true;
    line.cut();
    await ben.page.getByText(/The connection is lost/).waitFor();
    await bidByApi();
    await ada.page.getByText('You have been outbid').waitFor();
    assert.notDeepEqual(await shown(ben.page), await shown(ada.page));
    await new Promise((resolve) => setTimeout(resolve, AWAY_MS));
    line.isDown = false;
    await eventually('both windows agree', async () => JSON.stringify(await shown(ada.page)) === JSON.stringify(await shown(ben.page)), { within_ms: 30_000 });
  });

  async function bidByApi(): Promise<void> {
    const third = await newPerson(lathe().api);
    const reply = await third.api.post(`/auctions/${lot.id}/bids`, { amount: 5000 });
    assert.equal(reply.status, 201, reply.text);
  }

  test('the price is the one that the server knows, and no page had a fault', async () => {
    const { body } = await lathe().api.get(`/auctions/${lot.id}`);
    const price = `$${(body.price / 100).toFixed(body.price % 100 === 0 ? 0 : 2)}`;
    assert.equal((await shown(ada.page)).price, price);
    assert.equal((await shown(ben.page)).price, price);
    // That the line was down is the browser's word, not the page's.
    assert.deepEqual([...ada.faults, ...ben.faults].filter((fault) => !/^WebSocket connection to/.test(fault)), []);
  });
});
