// SPDX-License-Identifier: AGPL-3.0-or-later
// Debian's Chromium under Playwright, with axe.
import { AxeBuilder } from '@axe-core/playwright';
import assert from 'node:assert/strict';
import { type Browser, chromium, type Page } from 'playwright-core';

export async function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--autoplay-policy=no-user-gesture-required'],
  });
}

/** No accessibility violation that axe can see; of these rules only, where some are named. */
export async function expectAccessible(page: Page, rules: string[] = []): Promise<void> {
  const axe = new AxeBuilder({ page });
  const result = await (rules.length > 0 ? axe.withRules(rules) : axe).analyze();
  const found = result.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary}`),
  );
  assert.deepEqual(found, [], `axe found violations on ${page.url()}`);
}
