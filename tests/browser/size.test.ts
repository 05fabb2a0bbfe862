// SPDX-License-Identifier: AGPL-3.0-or-later
// What the first page costs, and what the server says beside it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { startBrowser } from '../lib/browser.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { openPerson } from './pages.ts';

const SCRIPT_BUDGET = 120_000;
const STYLE_BUDGET = 20_000;

type Fetched = { path: string; type: string; bytes: number; encoding: string; cache: string };

describe('the first page', { skip: serveIsMissing() }, () => {
  const lathe = useLathe();
  let browser: Browser;
  const fetched: Fetched[] = [];
  let policy = '';
  let faults: string[] = [];

  before(async () => {
    browser = await startBrowser();
    const person = await openPerson(browser, lathe().origin);
    faults = person.faults;
    const sizes: Promise<void>[] = [];
    person.page.on('requestfinished', (request) => {
      sizes.push(
        (async () => {
          const response = await request.response();
          const { responseBodySize } = await request.sizes();
          const headers = (await response?.allHeaders()) ?? {};
          if (request.isNavigationRequest()) policy = headers['content-security-policy'] ?? '';
          fetched.push({
            path: new URL(request.url()).pathname,
            type: request.resourceType(),
            bytes: responseBodySize,
            encoding: headers['content-encoding'] ?? '',
            cache: headers['cache-control'] ?? '',
          });
        })(),
      );
    });
    await person.page.goto('/');
    await person.page.getByRole('heading', { name: 'A blank disc' }).waitFor();
    await person.page.waitForLoadState('networkidle');
    await Promise.all(sizes);
  });
  after(() => browser.close());

  const sum = (type: string) => fetched.filter((one) => one.type === type).reduce((bytes, one) => bytes + one.bytes, 0);

  test('its scripts and styles stay within their budgets, compressed', (context) => {
    context.diagnostic(`scripts ${sum('script')} bytes, styles ${sum('stylesheet')} bytes`);
    assert.ok(sum('script') > 0 && sum('script') <= SCRIPT_BUDGET, `${sum('script')} bytes of script`);
    assert.ok(sum('stylesheet') <= STYLE_BUDGET, `${sum('stylesheet')} bytes of style`);
  });

  test('players, uploads and charts are fetched only when they are needed', () => {
    assert.deepEqual(fetched.filter((one) => /hls|upload_client|uplot/i.test(one.path)).map((one) => one.path), []);
  });

  test('what has a hash in its name is compressed and kept for ever', () => {
    const assets = fetched.filter((one) => one.path.startsWith('/assets/'));
    assert.ok(assets.length > 0);
    for (const one of assets) {
      assert.match(one.cache, /immutable/, one.path);
      if (one.type === 'script' && one.bytes > 2000) assert.equal(one.encoding, 'br', one.path);
    }
  });

  test('no script from elsewhere and none inside the page; nobody complained', () => {
    assert.match(policy, /script-src 'self'/);
    assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval/);
    assert.deepEqual(faults, []);
  });
});
