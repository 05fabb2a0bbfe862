// SPDX-License-Identifier: AGPL-3.0-or-later
// More than can be done: bids and payments go on as before, the rest is told to come later, memory stays, and when it is over
// everything is served again.
//
// LATHE_OVERLOAD_SECONDS (4) says how long; from 30 on times are judged too, which a machine that does something else cannot pass.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { expectStatus, type Json } from '../lib/api.ts';
import { lotSettings, newLot } from '../lib/auctions.ts';
import { engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import type { Person } from '../lib/people.ts';
import { orderOf } from '../lib/sale.ts';
import { expectSound, newBuyers, newSeller, publishSpec } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';
import { answersIn, type Counts, Flood, type Order, type Request } from './flood.ts';
import { noteFigures } from './figures.ts';

const SECONDS = Number(process.env['LATHE_OVERLOAD_SECONDS'] ?? 4);
const IS_JUDGED = SECONDS >= 30;
const CALM_SECONDS = IS_JUDGED ? 20 : 1;
/** In a short run so little is let in that any machine has to refuse. */
const SETTINGS = { ...lotSettings, LATHE_ACCESS_LOG: 'off', LATHE_LOOPS: '1', LATHE_OVERLOAD_DELAY: '20ms', LATHE_OVERLOAD_CROWD: IS_JUDGED ? '256' : '4' };
const CROWD = IS_JUDGED ? 2_000 : 100;
const TIMES = 5;

const KINDS = ['bid', 'order', 'pay'] as const;
type Kind = (typeof KINDS)[number];
const ROUTES: Record<Kind, string> = { bid: 'POST /api/v1/auctions/{auction_id}/bids', order: 'POST /api/v1/orders', pay: 'POST /api/v1/payments/verify' };

const residentMb = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

function quantile(values: number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;
}

type Bucket = { le: number; count: number };
/** p99 as the people saw it, in milliseconds, and as the server did, between two bounds of its histogram. */
type Times = { p99: Record<Kind, number>; inside: Record<Kind, string>; count: number };

function p99Of(before: Bucket[], after: Bucket[]): string {
  const counts = after.map(({ le, count }, i) => ({ le, count: count - (before[i]?.count ?? 0) }));
  const at = counts.findIndex(({ count }) => count >= 0.99 * (counts.at(-1)?.count ?? 0));
  return `${((counts[at - 1]?.le ?? 0) * 1_000).toFixed(0)}–${((counts[at]?.le ?? Number.NaN) * 1_000).toFixed(0)}`;
}

class Market {
  readonly lathe: Lathe;
  readonly bidders: Person[];
  readonly spec: Json;
  readonly lots: Json[];
  #amount = 1_000;

  constructor(lathe: Lathe, bidders: Person[], spec: Json, lots: Json[]) {
    [this.lathe, this.bidders, this.spec, this.lots] = [lathe, bidders, spec, lots];
  }

  /** Bids and payments of some people for a while, each of which must succeed. */
  async trade(seconds: number): Promise<Times> {
    const before = await this.#buckets();
    const times: Record<Kind, number[]> = { bid: [], order: [], pay: [] };
    const end = performance.now() + seconds * 1_000;
    const timed = async <T>(kind: Kind, call: () => Promise<T>): Promise<T> => {
      const began = performance.now();
      const result = await call();
      times[kind].push(performance.now() - began);
      return result;
    };
    await Promise.all(this.bidders.map(async (person, i) => {
      const lot = this.lots[i % this.lots.length] as Json;
      do {
        this.#amount += 10;
        const reply = await timed('bid', () => person.api.post(`/auctions/${lot.id}/bids`, { amount: this.#amount }));
        assert.ok(reply.status === 201 || reply.body?.code === 'auctions.bid_too_low', `a bid under load: ${reply.status} ${reply.text}`);
        const order = await timed('order', () => person.api.post('/orders', orderOf(this.spec)));
        expectStatus(order, 201);
        const paid = await timed('pay', () => person.api.post('/payments/verify', { order_id: order.body.id, outcome: 'succeed' }));
        assert.equal(expectStatus(paid, 200).status, 'paid');
        await pause(IS_JUDGED ? 100 : 20);
      } while (performance.now() < end);
    }));
    const after = await this.#buckets();
    const p99 = Object.fromEntries(KINDS.map((kind) => [kind, quantile(times[kind], 0.99)])) as Record<Kind, number>;
    const inside = Object.fromEntries(KINDS.map((kind) => [kind, p99Of(before[kind], after[kind])])) as Record<Kind, string>;
    return { p99, inside, count: times.bid.length };
  }

  /** Calls so far by how long the server took for them, from a request's first byte to the end of its reply. */
  async #buckets(): Promise<Record<Kind, Bucket[]>> {
    const text = await (await fetch(`${this.lathe.origin}/metrics`)).text();
    const of = (route: string): Bucket[] =>
      text.split('\n').filter((line) => line.includes('http_request_duration_seconds_bucket') && line.includes(`"${route}"`))
        .map((line) => ({ le: Number(/le="([^"]+)"/.exec(line)?.[1]?.replace('+Inf', 'Infinity')), count: Number(line.split(' ').at(-1)) }));
    return Object.fromEntries(KINDS.map((kind) => [kind, of(ROUTES[kind])])) as Record<Kind, Bucket[]>;
  }
}

/** Who finds each connection of the crowd waiting for an answer has asked as well. */
const askedIn = (counts: Counts): number => counts.sent + counts.late;

/** What the crowd asks: lists, searches, pages by key, and marks that come and go. */
function wishes(market: Market): Request[] {
  const token = market.bidders[0]?.tokens.access_token as string;
  const read = (path: string): Request => ({ method: 'GET', path });
  const favorite = `/specs/${market.spec.id}/favorite`;
  return [
    read('/specs?q=sketch&currency=USD&price_max=1@@@@@@@@&limit=100'),
    read('/products?q=@@@@@@@@&limit=100'),
    { method: 'PUT', path: favorite, token },
    read('/specs?bpm_min=60&currency=USD&price_max=1@@@@@@@@'),
    read(`/specs/${market.spec.id}`),
    { method: 'DELETE', path: favorite, token },
  ];
}

/** The server has the first processor, the crowd the others, as far as there are any. */
const OTHER_PROCESSORS = IS_JUDGED && availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : undefined;

class Crowd {
  readonly #order: Pick<Order, 'port' | 'requests' | 'processors'>;
  #flood: Flood | undefined;

  constructor(market: Market) {
    this.#order = { port: market.lathe.port, requests: wishes(market), processors: OTHER_PROCESSORS };
  }

  /** Runs beside the crowd. */
  async beside<T>(connections: number, rate: number, run: (flood: Flood) => Promise<T>): Promise<{ result: T; counts: Counts; per_second: number; asked_per_second: number }> {
    const flood = (this.#flood = await Flood.start({ ...this.#order, connections, rate }));
    const [before, began] = [flood.counts(), performance.now()];
    const result = await run(flood);
    const seconds = (performance.now() - began) / 1_000;
    const counts = await flood.stop();
    return { result, counts, per_second: (answersIn(counts) - answersIn(before)) / seconds, asked_per_second: (askedIn(counts) - askedIn(before)) / seconds };
  }

  async stop(): Promise<void> {
    await this.#flood?.stop();
  }
}

for (const engine of engines.filter((one) => (process.env['LATHE_TEST_ENGINE'] ?? one) === one)) {
  test(`overload for ${SECONDS} s (${engine})`, { skip: serveIsMissing(), timeout: (SECONDS * 3 + 300) * 1_000 }, async (t) => {
    const lathe = await Lathe.start({ engine, name: 'overload', settings: SETTINGS });
    let crowd: Crowd | undefined;
    t.after(async () => {
      await crowd?.stop();
      await lathe.dispose();
    });
    const seller = await newSeller(lathe);
    const spec = await publishSpec(seller, { title: 'Sketch' });
    const lots = [await newLot(seller, { ends_in: 3_600_000 }), await newLot(seller, { ends_in: 3_600_000 })];
    const market = new Market(lathe, await newBuyers(lathe, IS_JUDGED ? 8 : 3), spec.view, lots);
    crowd = new Crowd(market);
    if (OTHER_PROCESSORS) execFileSync('taskset', ['-acp', '0', String(lathe.pid)], { stdio: 'ignore' });

    const phases: [name: string, times: Times][] = [];
    phases.push(['calm', await market.trade(CALM_SECONDS)]);
    let capacity = 0;
    if (IS_JUDGED) {
      capacity = (await crowd.beside(64, 0, () => pause(5_000))).per_second;
      phases.push(['1 ×', (await crowd.beside(CROWD, Math.round(capacity), () => market.trade(CALM_SECONDS))).result]);
    }
    const resident = residentMb(lathe.pid);
    let [early, late] = [0, 0];
    const { result: pressed, counts, per_second, asked_per_second } = await crowd.beside(CROWD, Math.round(TIMES * capacity), async () => {
      const [times] = await Promise.all([market.trade(SECONDS), pause((SECONDS * 1_000) / 3).then(() => { early = residentMb(lathe.pid); })]);
      late = residentMb(lathe.pid);
      const ready = await fetch(`${lathe.origin}/readyz`);
      assert.equal(ready.status, 200, await ready.text());
      return times;
    });
    phases.push([`${TIMES} ×`, pressed]);
    const refused = counts.answers['503'] ?? 0;

    const figures = [
      `${asked_per_second.toFixed(0)} requests/s${IS_JUDGED ? ` on a capacity of ${capacity.toFixed(0)} (${(asked_per_second / capacity).toFixed(1)} ×)` : ''}, ${per_second.toFixed(0)} answered, ${((100 * refused) / answersIn(counts)).toFixed(0)} % of them refused`,
      ...KINDS.map((kind) => `${kind} p99 ${phases.map(([, times]) => `${times.p99[kind].toFixed(0)} (${times.inside[kind]})`).join(' → ')} ms`),
      `${phases.map(([name, times]) => `${name}: ${times.count} bids`).join(', ')}`,
      `memory ${resident.toFixed(0)} MB before, ${early.toFixed(0)} after a third, ${late.toFixed(0)} at the end`,
    ].join('; ');
    t.diagnostic(figures);
    noteFigures(`overload, ${engine}, ${SECONDS} s`, figures);
    assert.ok(refused > 0 && (counts.answers['200'] ?? 0) > 0, `all were served, or nobody: ${JSON.stringify(counts)}`);
    assert.equal(counts.without_retry_after, 0, 'who is refused is told when to come again');
    assert.deepEqual(Object.keys(counts.answers).filter((status) => !['200', '204', '503'].includes(status)), [], JSON.stringify(counts));
    if (IS_JUDGED) {
      assert.ok(counts.late > 0 || asked_per_second >= 2 * capacity, `the crowd could not ask for more than can be done, so nothing is shown: ${figures}`);
      const calm = phases[0]?.[1] as Times;
      for (const kind of KINDS) assert.ok(pressed.p99[kind] <= 2 * calm.p99[kind], `${kind}: ${figures}`);
      assert.ok(late - early < 8, `memory grows: ${figures}`);
      assert.ok(late - resident < (CROWD * 24) / 1024, `more than a stack for each client: ${figures}`);
    }
    await eventually('everybody is served again', async () => (await lathe.api.get('/specs', { query: { q: 'sketch' } })).status === 200);
    await expectSound(lathe);
  });
}
