// SPDX-License-Identifier: AGPL-3.0-or-later
// Lots to bid for: a product on the market, an auction of it, bids, and what the program's own verifier says of the log.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { type Api, expectProblem, expectStatus, type Json, type Reply } from './api.ts';
import { publishProduct } from './goods.ts';
import type { Lathe, Settings } from './lathe.ts';
import type { Person } from './people.ts';
import { eventually } from './wait.ts';

/** Auctions may be as short as a second. */
export const lotSettings: Settings = { LATHE_AUCTION_MIN_LENGTH: '1s', LATHE_JOBS_POLL: '50ms' };

export const soon = (ms: number): string => new Date(Date.now() + ms).toISOString();

const QUICK_MS = 300; // what a machine with time needs at most to publish a product
const SHORT_MS = 60_000;
/** How much slower this machine is just now: what a test does within a short auction takes longer by that. */
let slowness = 1;
const paced = (ms: number): number => (ms < SHORT_MS ? Math.min(Math.round(ms * slowness), SHORT_MS - 1) : ms);

/** A product of the seller on the market, one piece of it unless told. */
export async function newProduct(seller: Person, more: Json = {}): Promise<Json> {
  const began = performance.now();
  const product = await publishProduct(seller, { title: `Guitar ${randomBytes(4).toString('hex')}`, currency: 'USD', ...more });
  slowness = Math.min(Math.max((performance.now() - began) / QUICK_MS, 1), 8);
  return product;
}

/**
 * What POST /auctions takes: live at once, a minute long, without extension, unless told. starts_in and ends_in are milliseconds from
 * now; what is shorter than a minute becomes longer on a slow machine.
 */
export function lotTerms(item_id: string, { starts_in, ends_in = SHORT_MS, extend_ms = 0, ...more }: Json = {}): Json {
  const starts = starts_in === undefined ? {} : { starts_at: soon(paced(starts_in)) };
  return { item_id, starting_price: 1000, ...starts, ends_at: soon(paced(ends_in)), soft_close_ms: 0, extend_ms: paced(extend_ms), ...more };
}

/** An auction of a new product; without starts_in it is live when this returns. */
export async function newLot(seller: Person, more: Json = {}, product: Json = {}): Promise<Json> {
  const { id } = await newProduct(seller, product);
  const lot = expectStatus(await seller.api.post('/auctions', lotTerms(id, more)), 201);
  return more.starts_in === undefined ? untilStatus(seller.api, lot.id, 'live') : lot;
}

export const readLot = async (api: Api, id: string): Promise<Json> => expectStatus(await api.get(`/auctions/${id}`), 200);

export function untilStatus(api: Api, id: string, status: string): Promise<Json> {
  return eventually(`the auction is ${status}`, async () => {
    const lot = await readLot(api, id);
    return lot.status === status ? lot : undefined;
  }, { within_ms: 150_000 });
}

export function bid(person: Person, id: string, amount: number, max_amount?: number): Promise<Reply> {
  return person.api.post(`/auctions/${id}/bids`, max_amount === undefined ? { amount } : { amount, max_amount });
}

/** Refused because of what stands at that pointer. */
export function expectRefused(reply: Reply, pointer: string): void {
  assert.equal(reply.status, 422, reply.text);
  const problem = expectProblem(reply, 422, reply.body.code);
  assert.ok(problem.violations?.some((violation) => violation.pointer === pointer), reply.text);
}

/** The winner says where it goes and pays; the paid order. */
export async function payWin(winner: Person, order_id: string): Promise<Json> {
  const address = { name: 'A. Winner', line1: 'Lot 7', line2: '', city: 'Jena', region: '', postal_code: '07743', country: 'DE', phone: '' };
  const order = expectStatus(await winner.api.get(`/orders/${order_id}`), 200);
  if (order.items[0].kind === 'product_win') expectStatus(await winner.api.put(`/orders/${order_id}/address`, address), 200);
  expectStatus(await winner.api.post(`/orders/${order_id}/payment`, { provider: 'test' }), 200);
  return expectStatus(await winner.api.post('/payments/verify', { order_id, outcome: 'succeed' }), 200);
}

export async function readLog(api: Api, id: string): Promise<{ text: string; events: Json[] }> {
  const reply = await api.get(`/auctions/${id}/log`);
  const log = expectStatus(reply, 200);
  assert.equal(log.auction_id, id);
  return { text: reply.text, events: log.events.map((event: Json) => JSON.parse(event.body)) };
}

/** What `lathe auction verify` says of the auction's log, perhaps changed on the way. */
export async function verifyLog(lathe: Lathe, id: string, change: (text: string) => string = (text) => text): Promise<{ code: number; output: string }> {
  const { text } = await readLog(lathe.api, id);
  const file = join(lathe.data, `log-${randomBytes(4).toString('hex')}.json`);
  writeFileSync(file, change(text));
  return lathe.run(['auction', 'verify', file]);
}

export async function expectLogFits(lathe: Lathe, id: string): Promise<string> {
  const { code, output } = await verifyLog(lathe, id);
  assert.equal(code, 0, output);
  return output;
}
