// SPDX-License-Identifier: AGPL-3.0-or-later
// Auctions on a server that is killed: who bids notes what was sent and what came back, and at the end the logs are held against it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectStatus, type Json, type Reply } from '../lib/api.ts';
import { bidOn, type LotTerms, newLot } from '../lib/lots.ts';
import { eventually } from '../lib/wait.ts';
import { type Attempt, checkRealTimeOrder, checkReceipts, checkRefusals, statesOf } from '../model/history.ts';
import { entriesOf, verifyLog } from '../model/log.ts';
import { type Account, register } from './people.ts';
import type { World } from './world.ts';

export class Lot {
  readonly id: string;
  readonly world: World;
  readonly seller: Account;
  readonly starts_at: number;
  readonly attempts: Attempt[] = [];
  /** As last seen; may be behind. */
  view: Json;

  constructor(world: World, seller: Account, view: Json) {
    this.world = world;
    this.seller = seller;
    this.starts_at = Date.parse(view.starts_at);
    this.view = view;
    this.id = view.id;
  }

  static async open(world: World, seller: Account, times: () => { starts_at: number; ends_at: number }, terms: Partial<LotTerms> = {}): Promise<Lot> {
    const view = await newLot((send) => world.ask(seller.token, send), times, terms);
    return new Lot(world, seller, view);
  }

  /** Bids, over every kill, until there is an answer; one bid, however often it was sent. */
  async bid(bidder: Account, amount: number, maximum: number): Promise<Reply> {
    const key = randomUUID();
    const attempt: Attempt = { account: bidder.id, amount, maximum, sent_at: performance.now() };
    this.attempts.push(attempt);
    const reply = await this.world.ask(bidder.token, (api) => bidOn(api, this.id, amount, maximum, key));
    attempt.answered_at = performance.now();
    if (reply.status === 201) {
      attempt.receipt = { sequence: reply.body.receipt.sequence, chain: reply.body.receipt.chain };
      this.view = { ...this.view, ...reply.body.auction };
    } else {
      assert.match(String(reply.body?.code), /^auctions\./, reply.text);
      attempt.refusal = reply.body.code;
    }
    return reply;
  }

  async load(): Promise<Json> {
    this.view = expectStatus(await this.world.ask(undefined, (api) => api.get(`/auctions/${this.id}`)), 200);
    return this.view;
  }

  untilEnded(within_ms = 60_000): Promise<Json> {
    return eventually(`the end of ${this.id}`, async () => ((await this.load()).status === 'ended' ? this.view : undefined), { within_ms, every_ms: 50 });
  }

  async log(): Promise<string> {
    const reply = await this.world.ask(undefined, (api) => api.get(`/auctions/${this.id}/log`));
    expectStatus(reply, 200);
    return reply.text;
  }

  /** Everything that was acknowledged is in the log, which follows the rules and ends once. Returns how many refusals were judged. */
  async judge(): Promise<number> {
    const text = await this.log();
    assert.equal(verifyLog(text), undefined, text);
    const entries = entriesOf(text);
    const bodies = entries.map((entry) => JSON.parse(entry.body));
    assert.deepEqual(bodies.filter((body) => body.kind === 'ended').length, 1);
    checkReceipts(entries, this.attempts);
    checkRealTimeOrder(this.attempts);
    const numbers = new Map(this.attempts.filter((one) => one.receipt).map((one) => [one.account, bodies[(one.receipt?.sequence ?? 0) - 1].bidder as number]));
    const terms = { ...bodies[0], reserve_price: bodies.at(-1).reserve.price };
    const judged = checkRefusals(statesOf(entries, terms), this.attempts, (account) => numbers.get(account));
    this.#judgeView(bodies, numbers);
    return judged;
  }

  /** What the page shows is what the log says: one winner, not above the winner's maximum. */
  #judgeView(bodies: Json[], numbers: Map<string, number>): void {
    const ended = bodies.at(-1) as Json;
    const isBought = bodies.some((body) => body.kind === 'bought');
    // A pre-bid that fell short at the start counts no more, however high it was: less than a step above the price.
    const dropped = new Set(bodies.flatMap((body) => (body.kind === 'started' ? body.judged : [])).filter((one: Json) => !one.accepted).map((one: Json) => one.bidder));
    const counts = (one: Json): boolean => bodies[one.sequence - 1]?.kind !== 'prebid' || !dropped.has(one.bidder);
    assert.equal(this.view.status, 'ended');
    assert.equal(this.view.outcome, ended.outcome);
    if (ended.winner === null || isBought) return;
    const opened: Json[] = ended.opened.filter(counts);
    const best = Math.max(...opened.map((one) => one.maximum));
    const winners = opened.filter((one) => one.maximum === best).map((one) => one.bidder);
    assert.equal(ended.winner, winners[0], 'of equal maxima the earlier wins');
    assert.ok(ended.price <= best, 'the price is above the maximum of the winner');
    if (this.attempts.length === 0) return;
    assert.ok([...numbers.values()].includes(ended.winner) || this.attempts.some((one) => one.answered_at === undefined), 'nobody bid as the winner');
  }

  /** `lathe auction verify` says the same of the log as the verifier here. */
  async judgeByProgram(change: (text: string) => string = (text) => text): Promise<{ fits: boolean; output: string }> {
    const file = join(this.world.lathe.data, `log-${this.id}.json`);
    const text = change(await this.log());
    await writeFile(file, text);
    const { code, output } = await this.world.lathe.run(['auction', 'verify', file]);
    assert.equal(code === 0, verifyLog(text) === undefined, `the program says ${code}: ${output}; here it is ${JSON.stringify(verifyLog(text))}`);
    return { fits: code === 0, output };
  }
}

/** Each lot that was sold made one order, and the people have no others. */
export async function judgeOrders(world: World, lots: Lot[], people: Account[]): Promise<void> {
  const expected = new Set<string>();
  for (const lot of lots) {
    const { outcome, order_id } = expectStatus(await world.ask(lot.seller.token, (api) => api.get(`/auctions/${lot.id}`)), 200);
    assert.equal(order_id === null, outcome !== 'sold', `${lot.id} is ${outcome}, its order ${order_id}`);
    if (order_id !== null) expected.add(order_id);
  }
  const found: string[] = [];
  for (const person of people) {
    let cursor: string | undefined;
    do {
      const page = expectStatus(await world.ask(person.token, (api) => api.get('/orders', { query: { limit: 100, cursor } })), 200);
      found.push(...page.items.map((order: Json) => order.id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }
  assert.deepEqual(found.sort(), [...expected].sort());
}

export async function people(world: World, count: number): Promise<Account[]> {
  const all: Account[] = [];
  while (all.length < count) {
    all.push(...(await Promise.all(Array.from({ length: Math.min(8, count - all.length) }, () => register(world, 'listener')))));
  }
  return all;
}
