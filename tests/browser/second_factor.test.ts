// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor in a browser, by keyboard alone: turned on, a log-in with it, a recovery code, off; and what staff without one is told.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { expectAccessible, startBrowser } from '../lib/browser.ts';
import { appCode } from '../lib/factor.ts';
import { newOfficial } from '../lib/goods.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { sql } from '../lib/leftovers.ts';
import { temporaryFolder } from '../lib/paths.ts';
import type { Person as Account } from '../lib/people.ts';
import { logIn, openPerson, type Person } from './pages.ts';

/** Pictures for a look, where somebody asks for them. */
const pictures = process.env['LATHE_PICTURES'];
const picture = async (page: Page, name: string): Promise<void> => {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
};

/** What a telephone's camera reads: Debian's zbar. */
async function scan(image: Buffer): Promise<string> {
  const folder = await temporaryFolder('scan');
  try {
    const path = join(folder.path, 'code.png');
    await writeFile(path, image);
    return (await promisify(execFile)('zbarimg', ['--quiet', '--raw', path])).stdout.trim();
  } finally {
    await folder.remove();
  }
}

describe('the second factor in a browser', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: { LATHE_STAFF_SECOND_FACTOR: 'on', LATHE_SHOP_NAME: 'Tide & Voss' } });
  let browser: Browser;
  let admin: Account;
  let person: Person;
  let secret = '';
  let codes: string[] = [];

  before(async () => {
    browser = await startBrowser();
    admin = await newOfficial(lathe(), 'admin');
    person = await openPerson(browser, lathe().origin);
  });
  after(async () => {
    await browser?.close();
  });

  // Each step stands on those before it.
  let isBroken = false;
  const step = (name: string, run: (page: Page) => Promise<void>) =>
    test(name, async (context) => {
      if (isBroken) return context.skip('a step before it failed');
      isBroken = true;
      await run(person.page);
      isBroken = false;
    });

  /** On a desk and on a telephone, by day and by night. */
  const expectFit = async (page: Page, name: string): Promise<void> => {
    await picture(page, name);
    await expectAccessible(page);
    await page.setViewportSize({ width: 375, height: 812 });
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.evaluate(() => document.activeElement?.scrollIntoView({ block: 'center' }));
    await picture(page, `${name}-phone`);
    await expectAccessible(page, ['color-contrast']);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overhang <= 0, `${name}: ${overhang} pixels wider than its window`);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 1280, height: 860 });
  };
  /** The present code, as if none had been used yet. */
  const freshCode = async (): Promise<string> => {
    await sql(lathe(), 'update second_factor set last_step = 0');
    return appCode(secret);
  };
  const typed = async (page: Page, text: string): Promise<void> => {
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };
  const part = (page: Page) => page.getByRole('region', { name: 'Second factor' });
  const focused = (page: Page, label: string | RegExp) => page.waitForFunction(
    ([source, flags]) => new RegExp(source ?? '', flags).test((document.activeElement as HTMLInputElement | null)?.labels?.[0]?.textContent ?? document.activeElement?.textContent ?? ''),
    label instanceof RegExp ? [label.source, label.flags] as const : [`^${label}$`, ''] as const,
  );
  const startLogIn = async (page: Page): Promise<void> => {
    await page.goto('/login');
    await page.getByLabel('E-mail or user name').focus();
    await page.keyboard.type(admin.username);
    await page.keyboard.press('Tab');
    await typed(page, admin.password);
    await focused(page, 'Code');
  };
  const logOut = async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: /Account of/ }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('link', { name: 'Log in' }).waitFor();
  };

  step('staff without one is told what to do', async (page) => {
    await logIn(page, admin);
    await page.getByText('This shop asks a second factor of its staff.').waitFor();
    await expectFit(page, 'staff-note');
    await page.goto('/account');
    await part(page).getByRole('button', { name: 'Turn it on' }).waitFor();
  });

  step('it is turned on by keyboard', async (page) => {
    await part(page).getByRole('button', { name: 'Turn it on' }).focus();
    await page.keyboard.press('Enter');
    await focused(page, 'Your password');
    await typed(page, 'not this one');
    await part(page).getByText('The present password is wrong.').waitFor();
    await page.getByLabel('Your password').fill('');
    await page.getByLabel('Your password').focus();
    await typed(page, admin.password);
    await focused(page, 'The code that the app shows');
    const image = await part(page).getByRole('img', { name: 'QR code for your authenticator app' }).screenshot();
    secret = ((await part(page).locator('code').textContent()) ?? '').replaceAll(' ', '');
    assert.match(secret, /^[A-Z2-7]{32}$/);
    const scanned = new URL(await scan(image));
    assert.equal(scanned.protocol, 'otpauth:');
    assert.deepEqual([scanned.searchParams.get('secret'), scanned.searchParams.get('issuer')], [secret, 'Tide & Voss']);
    await part(page).scrollIntoViewIfNeeded();
    await expectFit(page, 'scan');
    const code = await appCode(secret);
    await typed(page, code === '000000' ? '111111' : '000000');
    await part(page).getByText(/wrong or was used before/).first().waitFor();
    await page.getByLabel('The code that the app shows').fill('');
    await typed(page, await appCode(secret));
    await focused(page, 'Your recovery codes');
    codes = await part(page).locator('li code').allTextContents();
    assert.equal(codes.length, 10);
    await expectFit(page, 'codes');
    await page.getByRole('region', { name: 'Sessions' }).getByText('This one').waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[aria-labelledby="sessions"] li').length === 1); // the others have ended
    await part(page).getByRole('button', { name: 'I have kept them' }).focus();
    await page.keyboard.press('Enter');
    await part(page).getByText('10 of 10 recovery codes are left').waitFor();
    assert.equal(await page.getByText('This shop asks a second factor').count(), 0);
    await picture(page, 'on');
  });

  step('a log-in asks for a code', async (page) => {
    await logOut(page);
    await startLogIn(page);
    await expectFit(page, 'log-in');
    await typed(page, 'nothing of it');
    await page.locator('main').getByText(/wrong or was used before/).first().waitFor();
    await focused(page, 'Code');
    await typed(page, await freshCode());
    await page.getByRole('button', { name: /Account of/ }).waitFor();
    await page.goto('/categories');
    await page.getByRole('heading', { level: 1, name: 'Categories' }).waitFor();
  });

  step('a recovery code does as well', async (page) => {
    await logOut(page);
    await startLogIn(page);
    await typed(page, codes[4] ?? '');
    await page.getByRole('button', { name: /Account of/ }).waitFor();
    await page.goto('/account');
    await part(page).getByText('9 of 10 recovery codes are left').waitFor();
  });

  step('a log-in that took too long begins again', async (page) => {
    await logOut(page);
    await startLogIn(page);
    await sql(lathe(), `update second_factor set challenge_expires_at = ${(Date.now() - 1) * 1_000}`);
    await typed(page, await freshCode());
    await page.getByText('This log-in has taken too long').waitFor();
    await focused(page, 'Password');
    await typed(page, admin.password);
    await focused(page, 'Code');
    await typed(page, await freshCode());
    await page.getByRole('button', { name: /Account of/ }).waitFor();
  });

  step('it is turned off by password and code', async (page) => {
    await page.goto('/account');
    await part(page).getByRole('button', { name: 'Turn it off' }).focus();
    await page.keyboard.press('Enter');
    await focused(page, 'Your password');
    await page.keyboard.type(admin.password);
    await page.keyboard.press('Tab');
    await typed(page, await freshCode());
    await part(page).getByRole('button', { name: 'Turn it on' }).waitFor();
    await page.getByText('This shop asks a second factor of its staff.').waitFor();
  });

  test('no page had a fault', () => {
    assert.deepEqual(person.faults, []);
  });
});
