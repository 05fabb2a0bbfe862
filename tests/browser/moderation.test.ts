// SPDX-License-Identifier: AGPL-3.0-or-later
// On a phone: somebody reports a thing and its auction, a moderator takes it down, its owner reads why.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { bid, lotSettings, newLot } from '../lib/auctions.ts';
import { expectAccessible, startBrowser } from '../lib/browser.ts';
import { newOfficial } from '../lib/goods.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { logIn, openPerson, type Person as Window } from './pages.ts';

describe('reports in a browser', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: lotSettings });
  const phone = { width: 390, height: 844 };
  const windows: Window[] = [];
  let browser: Browser;

  before(async () => {
    browser = await startBrowser();
  });
  after(() => browser.close());

  async function enter(person: Person): Promise<Window> {
    const opened = await openPerson(browser, lathe().origin);
    await opened.page.setViewportSize(phone);
    await logIn(opened.page, person);
    windows.push(opened);
    return opened;
  }

  test('a report becomes a takedown, and the owner reads why', async () => {
    const seller = await newPerson(lathe().api, 'producer');
    const buyer = await newPerson(lathe().api);
    const lot = await newLot(seller, {}, { title: 'Doubtful pressing' });
    assert.equal((await bid(buyer, lot.id, 1000)).status, 201);

    const { page: reader } = await enter(buyer);
    for (const [place, reason] of [[`/products/${lot.item_id}`, 'misleading'], [`/auctions/${lot.id}`, 'spam']] as const) {
      await reader.goto(place);
      await reader.getByRole('button', { name: 'Report this' }).click();
      await reader.getByLabel('What is wrong?').selectOption(reason);
      await reader.getByLabel('Tell us more').fill(`It is ${reason}`);
      await reader.getByRole('button', { name: 'Send the report' }).click();
      await reader.getByText('A moderator will look at it').waitFor();
    }

    const { page: desk } = await enter(await newOfficial(lathe(), 'moderator'));
    await desk.goto('/moderation');
    const card = desk.getByRole('listitem').filter({ has: desk.getByRole('heading', { name: 'Doubtful pressing' }) });
    await card.getByText('It is spam').waitFor();
    assert.equal(await card.getByRole('link', { name: 'its auction' }).count(), 1);
    await expectAccessible(desk);
    await card.getByRole('button', { name: 'Take it down' }).click();
    await desk.getByLabel('Reason, for its owner').fill('It is a copy');
    await expectAccessible(desk);
    await desk.getByRole('button', { name: 'Take it down', exact: true }).click();
    await desk.getByText('Nothing is reported').waitFor();

    await reader.goto(`/auctions/${lot.id}`);
    await reader.getByText(/the lot was taken down/).first().waitFor();
    const { page: owner } = await enter(seller);
    await owner.goto(`/studio/products/${lot.item_id}`);
    await owner.getByText('A moderator took it down: It is a copy').waitFor();
    assert.equal(await owner.getByRole('button', { name: 'Publish' }).count(), 0);
    assert.deepEqual(windows.flatMap((one) => one.faults), []);
  });
});
