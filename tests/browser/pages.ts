// SPDX-License-Identifier: AGPL-3.0-or-later
// What the browser tests do again and again: people with their own browser, files, sound.
import assert from 'node:assert/strict';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { eventually } from '../lib/wait.ts';

export type Person = { context: BrowserContext; page: Page; faults: string[] };

/** A fresh browser profile whose page errors are collected; refusals of the API and lines that were cut are not among them. */
export async function openPerson(browser: Browser, origin: string): Promise<Person> {
  const context = await browser.newContext({ baseURL: origin, viewport: { width: 1280, height: 860 }, acceptDownloads: true });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource|^WebSocket connection to/.test(message.text())) faults.push(message.text());
  });
  return { context, page, faults };
}

export async function register(page: Page, username: string, role: 'listener' | 'producer'): Promise<void> {
  await page.goto('/register');
  await page.getByLabel(role === 'producer' ? 'I make music' : 'I listen and buy').check();
  await page.getByLabel('E-mail').fill(`${username}@example.org`);
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Make the account' }).click();
  await page.getByRole('button', { name: /Account of/ }).waitFor();
}

export async function logIn(page: Page, who: { username: string; password: string }): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('E-mail or user name').fill(who.username);
  await page.getByLabel('Password', { exact: true }).fill(who.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: /Account of/ }).waitFor();
}

/** The loudness (rms) of what the page's player sounds right now, the largest of some looks. */
export async function measureSound(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const audio = document.querySelector('audio');
    if (!audio) throw new Error('the page has no player');
    const kept = globalThis as unknown as { listening?: AnalyserNode };
    if (!kept.listening) {
      const context = new AudioContext();
      kept.listening = context.createAnalyser();
      context.createMediaElementSource(audio).connect(kept.listening).connect(context.destination);
      await context.resume();
    }
    const samples = new Float32Array(kept.listening.fftSize);
    kept.listening.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
  });
}

export async function expectSound(page: Page): Promise<void> {
  const rms = await eventually('sound', async () => {
    const value = await measureSound(page);
    return value > 0.02 && value;
  });
  assert.ok(rms < 1, `sound is within its range: ${rms}`);
}

/** The player's place in the recording, in seconds. */
export function playerPosition(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelector('audio')?.currentTime ?? -1);
}
