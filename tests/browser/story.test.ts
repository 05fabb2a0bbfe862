// SPDX-License-Identifier: AGPL-3.0-or-later
// The first sale in a browser: register, upload over a line that breaks, process, play, buy, download, restart, still there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../lib/browser.ts';
import { Lathe, serveIsMissing } from '../lib/lathe.ts';
import { temporaryFolder } from '../lib/paths.ts';
import { eventually } from '../lib/wait.ts';
import { expectSound, openPerson, type Person, playerPosition, register } from './pages.ts';
import { Line } from './proxy.ts';
import { makeWave } from './wave.ts';

const SECONDS = 42;
const PROCESSING = { timeout: 120_000 };
const master = makeWave(SECONDS);
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('the first sale in a browser', { skip: serveIsMissing() }, () => {
  let line: Line;
  let lathe: Lathe;
  let browser: Browser;
  let seller: Person;
  let buyer: Person;
  let folder: { path: string; remove: () => Promise<void> };
  /** On disk, so that its time stays the same when it is chosen again. */
  let file: string;

  before(async () => {
    folder = await temporaryFolder('story');
    file = join(folder.path, '01_night-train.wav');
    await writeFile(file, master);
    line = await Line.open();
    lathe = await Lathe.start({ settings: { LATHE_PUBLIC_URL: line.origin } });
    line.target = lathe.port;
    browser = await startBrowser();
    seller = await openPerson(browser, line.origin);
    buyer = await openPerson(browser, line.origin);
  });
  after(async () => {
    await browser?.close();
    await lathe?.dispose();
    await line?.close();
    await folder?.remove();
  });

  // Each step stands on those before it: after a failure the rest would only wait in vain.
  let isBroken = false;
  const step = (name: string, run: () => Promise<void>) =>
    test(name, async (context) => {
      if (isBroken) return context.skip('a step before it failed');
      isBroken = true;
      await run();
      isBroken = false;
    });

  const slot = (page: Page, name: string) => page.locator(`[data-slot="${name}"]`);

  step('a producer uploads over a line that breaks, and after a reload', async () => {
    const { page } = seller;
    await register(page, 'ada', 'producer');
    await page.goto('/studio/new');
    await page.locator('input[type=file]').setInputFiles(file);
    assert.equal(await page.getByLabel('Title').inputValue(), 'Night train');
    const before = line.sent;
    line.cutAfter(master.length / 4);
    await page.getByRole('button', { name: 'Upload and go on' }).click();
    await page.waitForURL(/\/studio\/[0-9a-f-]{36}$/);
    await eventually('the line was cut', () => line.cuts === 1);
    line.stallAfter(master.length / 4);
    await eventually('it goes on after the cut', () => line.isStalled);
    page.once('dialog', (dialog) => void dialog.accept());
    await page.reload();
    line.cut();
    const master_slot = slot(page, 'master');
    await master_slot.getByText(/Interrupted at \d+ %/).waitFor();
    await master_slot.locator('input[type=file]').setInputFiles(file);
    await eventually('the master is ready', async () => (await master_slot.getAttribute('data-state')) === 'ready', { within_ms: PROCESSING.timeout });
    const overhead = line.sent - before - master.length;
    assert.ok(overhead < master.length / 2, `it went on where it stopped instead of starting anew: ${overhead} bytes more than the file`);
  });

  step('analysis fills tempo and key, and what is missing is named', async () => {
    const { page } = seller;
    await page.reload();
    await page.getByLabel('Tempo in BPM').waitFor();
    await eventually('a tempo', async () => Number(await page.getByLabel('Tempo in BPM').inputValue()) > 0);
    assert.ok(await page.getByRole('button', { name: 'Publish', exact: true }).isDisabled());
    await page.getByText('One genre is chosen').waitFor();
  });

  step('details, licences, published', async () => {
    const { page } = seller;
    await page.getByRole('button', { name: 'Trap', exact: true }).click();
    await page.getByLabel('Tags').fill('night, rail');
    await page.getByRole('button', { name: 'Save the details' }).click();
    await page.getByText('Details are saved.').waitFor();
    await page.getByRole('checkbox', { name: /Basic/ }).check();
    await page.getByRole('checkbox', { name: /Premium/ }).check();
    await page.getByLabel('Price in USD').nth(1).fill('39.50');
    await page.getByRole('button', { name: 'Save the licences' }).click();
    await page.getByText('Licences are saved.').waitFor();
    await page.getByRole('button', { name: 'Publish', exact: true }).click();
    await page.getByText('Night train is public.').waitFor();
  });

  step('a visitor finds it and hears the preview', async () => {
    const { page } = buyer;
    await page.goto('/browse?q=night');
    await page.getByRole('link', { name: 'Night train' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Night train' }).waitFor();
    await page.getByRole('button', { name: 'Play Night train' }).click();
    await expectSound(page);
  });

  step('music plays on from page to page, by keyboard too', async () => {
    const { page } = buyer;
    await page.getByRole('link', { name: 'Lathe, start page' }).click();
    await page.getByRole('heading', { level: 2, name: 'Just cut' }).waitFor();
    const at = await playerPosition(page);
    await eventually('it goes on', async () => (await playerPosition(page)) > at + 0.5);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press(' ');
    await page.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Play', exact: true }).waitFor();
    const paused = await playerPosition(page);
    await page.keyboard.press('ArrowRight');
    await eventually('it jumped', async () => (await playerPosition(page)) > paused + 4);
  });

  step('a buyer pays and the licence is there', async () => {
    const { page } = buyer;
    await register(page, 'ben', 'listener');
    await page.goto('/browse?q=night');
    await page.getByRole('link', { name: 'Night train' }).first().click();
    await page.getByRole('button', { name: 'Add Premium to the cart' }).click();
    await page.getByRole('link', { name: 'In the cart' }).click();
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByText('Accept the terms of the licences first.').waitFor();
    await page.getByLabel(/I accept the terms/).check();
    await page.getByRole('button', { name: 'Order and pay' }).click();
    await page.getByRole('heading', { level: 1, name: 'Pay your order' }).waitFor();
    await page.getByRole('button', { name: 'Pay $39.50' }).click();
    await page.getByRole('heading', { level: 1, name: 'Paid. It is yours.' }).waitFor();
  });

  const downloadWave = async (): Promise<Buffer> => {
    const { page } = buyer;
    await page.goto('/purchases');
    await page.getByRole('link', { name: 'Files of Night train' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /^Download .*\.wav$/ }).click()]);
    return readFile(await download.path());
  };

  step('the file is the master, byte for byte', async () => {
    assert.equal(sha256(await downloadWave()), sha256(master));
    await buyer.page.getByRole('link', { name: 'Contract (PDF)' }).waitFor();
  });

  step('who bought it hears all of it', async () => {
    const { page } = buyer;
    await page.goto('/browse?q=night');
    await page.getByRole('button', { name: 'Play Night train' }).first().click();
    await expectSound(page);
    const length = await page.evaluate(() => document.querySelector('audio')?.duration ?? 0);
    assert.ok(Math.abs(length - SECONDS) < 0.5, `the whole recording plays, not the preview: ${length} s`);
    assert.equal(await page.evaluate(() => document.querySelector('audio')?.currentSrc.startsWith('blob:')), true, 'by HLS');
  });

  step('the seller sees the sale and the money', async () => {
    const { page } = seller;
    await page.goto('/sales');
    await page.getByRole('cell', { name: 'ben', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Ledger' }).click();
    await page.getByRole('cell', { name: 'Platform fee', exact: true }).waitFor();
  });

  step('after a restart everything is still there', async () => {
    await lathe.restart();
    line.target = lathe.port;
    assert.equal(sha256(await downloadWave()), sha256(master));
    await buyer.page.goto('/');
    await buyer.page.getByRole('button', { name: 'Play Night train' }).first().click();
    await expectSound(buyer.page);
  });

  step('no page had a fault', async () => {
    assert.deepEqual([...seller.faults, ...buyer.faults], []);
  });
});
