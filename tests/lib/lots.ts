// SPDX-License-Identifier: AGPL-3.0-or-later
// Lots for tests about auctions: a product each, terms with sensible defaults, bids and what was acknowledged of them.
import { randomBytes } from 'node:crypto';
import { type Api, expectStatus, type Json, type Reply } from './api.ts';
import type { Settings } from './lathe.ts';

/** Auctions of a second, and everything else quick. */
export const lotSettings: Settings = {
  LATHE_BCRYPT_COST: '4',
  LATHE_RATE_LIMITS: 'off',
  LATHE_ACCESS_LOG: 'off',
  LATHE_JOBS_POLL: '50ms',
  LATHE_BUS_POLL: '50ms',
  LATHE_AUCTION_MIN_LENGTH: '1s',
};

export type Send = (send: (api: Api) => Promise<Reply>) => Promise<Reply>;
export type LotTerms = {
  currency: string;
  starting_price: number;
  reserve_price: number;
  buy_now_price: number;
  bid_step: number;
  soft_close_ms: number;
  extend_ms: number;
};

export const instant = (ms: number): string => new Date(ms).toISOString();

/** A published product with one piece; its id. */
export async function newProduct(send: Send, currency = 'USD'): Promise<string> {
  const key = randomBytes(12).toString('hex');
  const body = { title: `Drum machine ${key.slice(0, 6)}`, description: 'Well kept.', condition: 'good', currency, category: 'drums' };
  const { id } = expectStatus(await send((api) => api.post('/products', body, { key })), 201);
  const published = await send((api) => api.post(`/products/${id}/publish`));
  expectStatus(published, 200);
  return id;
}

/** A scheduled auction of a new product. `times` says when, in milliseconds since 1970; it is asked again when the answer took too long. */
export async function newLot(send: Send, times: () => { starts_at: number; ends_at: number }, more: Partial<LotTerms> = {}): Promise<Json> {
  const { currency, ...terms } = { currency: 'USD', starting_price: 100, reserve_price: 0, buy_now_price: 0, bid_step: 0, soft_close_ms: 0, extend_ms: 0, ...more };
  const item_id = await newProduct(send, currency);
  for (;;) {
    const key = randomBytes(12).toString('hex');
    const { starts_at, ends_at } = times();
    const body = { item_id, ...terms, starts_at: instant(starts_at), ends_at: instant(ends_at) };
    const reply = await send((api) => api.post('/auctions', body, { key }));
    if (reply.status !== 422 || reply.body.violations?.[0]?.pointer !== '/ends_at') return expectStatus(reply, 201);
  }
}

export const bidOn = (api: Api, lot: string, amount: number, maximum = amount, key?: string): Promise<Reply> =>
  api.post(`/auctions/${lot}/bids`, { amount, ...(maximum === amount ? {} : { max_amount: maximum }) }, key === undefined ? {} : { key });
