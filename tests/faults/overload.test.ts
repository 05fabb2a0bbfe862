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
import { fileURLToPath } from 'node:url';
import { expectStatus, type Json } from '../lib/api.ts';
import { lotSettings, newLot } from '../lib/auctions.ts';
import { Child } from '../lib/child.ts';
import { engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import type { Person } from '../lib/people.ts';
import { orderOf } from '../lib/sale.ts';
import { expectSound, newBuyers, newSeller, publishSpec } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';
import type { Counts, Order, Request } from './flood.ts';
import { noteFigures } from './figures.ts';

const SECONDS = Number(process.env['LATHE_OVERLOAD_SECONDS'] ?? 4);
const IS_JUDGED = SECONDS >= 30;
/** In a short run so little is let in that any machine has to refuse. */
const SETTINGS = { ...lotSettings, LATHE_ACCESS_LOG: 'off', LATHE_LOOPS: '1', LATHE_OVERLOAD_DELAY: '20ms', LATHE_OVERLOAD_CROWD: IS_JUDGED ? '256' : '4' };
const CROWD = IS_JUDGED ? 2_000 : 100;

const script = fileURLToPath(import.meta.url).replace('overload.test', 'flood');

type Flood = { counts: () => Counts; stop: () => Promise<Counts> };

async function startFlood(order: Order): Promise<Flood> {
  const child = new Child(process.execPath, [script, JSON.stringify(order)]);
  execFileSync('renice', ['-n', '19', '-p', String(child.pid)], { stdio: 'ignore' });
  const counts = (): Counts => JSON.parse(child.output.trimEnd().split('\n').at(-1) as string) as Counts;
  await eventually('the crowd is there', () => {
    assert.equal(child.exit, undefined, child.output);
    return child.output.includes('\n');
  });
  return { counts, stop: async () => (await child.stop('SIGKILL'), counts()) };
}

const sum = (counts: Counts): number => Object.values(counts.answers).reduce((all, one) => all + one, 0);

const residentMb = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

function quantile(values: number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] as number;
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

  /** Bids and payments of some people for a while, each of which must succeed; milliseconds by kind. */
  async trade(seconds: number): Promise<Record<'bid' | 'pay', number[]>> {
    const times: Record<'bid' | 'pay', number[]> = { bid: [], pay: [] };
    const end = performance.now() + seconds * 1_000;
    const timed = async <T>(kind: 'bid' | 'pay', call: () => Promise<T>): Promise<T> => {
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
        const order = await timed('pay', () => person.api.post('/orders', orderOf(this.spec)));
        expectStatus(order, 201);
        const paid = await timed('pay', () => person.api.post('/payments/verify', { order_id: order.body.id, outcome: 'succeed' }));
        assert.equal(expectStatus(paid, 200).status, 'paid');
        await pause(IS_JUDGED ? 100 : 20);
      } while (performance.now() < end);
    }));
    return times;
  }
}

/** What the crowd asks: lists, searches, pages by key, and marks. */
function wishes(market: Market): Request[] {
  const token = market.bidders[0]?.tokens.access_token as string;
  const read = (path: string): Request => ({ method: 'GET', path });
  return [read('/specs?q=sketch&limit=100'), read('/products?limit=100'), { method: 'PUT', path: `/specs/${market.spec.id}/favorite`, token }, read(`/specs/${market.spec.id}`)];
}

for (const engine of engines) {
  test(`overload for ${SECONDS} s (${engine})`, { skip: serveIsMissing(), timeout: (SECONDS * 3 + 240) * 1_000 }, async (t) => {
    const lathe = await Lathe.start({ engine, name: 'overload', settings: SETTINGS });
    let flood: Flood | undefined;
    t.after(async () => {
      await flood?.stop();
      await lathe.dispose();
    });
    const seller = await newSeller(lathe);
    const spec = await publishSpec(seller, { title: 'Sketch' });
    const lots = [await newLot(seller, { ends_in: 3_600_000 }), await newLot(seller, { ends_in: 3_600_000 })];
    const market = new Market(lathe, await newBuyers(lathe, IS_JUDGED ? 8 : 3), spec.view, lots);
    // The crowd has the other cores.
    if (IS_JUDGED && availableParallelism() > 1) execFileSync('taskset', ['-acp', '0', String(lathe.pid)], { stdio: 'ignore' });

    const requests = wishes(market);
    let capacity = 0;
    if (IS_JUDGED) {
      flood = await startFlood({ port: lathe.port, connections: 8, requests });
      const before = flood.counts();
      await pause(5_000);
      capacity = (sum(flood.counts()) - sum(before)) / 5;
      await flood.stop();
    }
    const calm = await market.trade(IS_JUDGED ? 20 : 1);
    flood = await startFlood({ port: lathe.port, connections: CROWD, requests });
    const [before, resident] = [flood.counts(), residentMb(lathe.pid)];
    const pressed = await market.trade(SECONDS);
    const grown = residentMb(lathe.pid) - resident;
    const ready = await fetch(`${lathe.origin}/readyz`);
    assert.equal(ready.status, 200, await ready.text());
    const counts = await flood.stop();
    const refused = counts.answers['503'] ?? 0;

    const figures = [
      `${((sum(counts) - sum(before)) / SECONDS).toFixed(0)} requests/s${IS_JUDGED ? ` on a capacity of ${capacity.toFixed(0)}` : ''}, ${((100 * refused) / sum(counts)).toFixed(0)} % refused`,
      ...(['bid', 'pay'] as const).map((kind) => `${kind} p99 ${quantile(calm[kind], 0.99).toFixed(0)} → ${quantile(pressed[kind], 0.99).toFixed(0)} ms (${pressed[kind].length})`),
      `memory ${resident.toFixed(0)} MB ${grown >= 0 ? '+' : ''}${grown.toFixed(0)}`,
    ].join('; ');
    t.diagnostic(figures);
    noteFigures(`overload, ${engine}, ${SECONDS} s`, figures);
    assert.ok(refused > 0 && (counts.answers['200'] ?? 0) > 0, `all were served, or nobody: ${JSON.stringify(counts)}`);
    assert.equal(counts.without_retry_after, 0, 'who is refused is told when to come again');
    assert.deepEqual(Object.keys(counts.answers).filter((status) => !['200', '204', '503'].includes(status)), [], JSON.stringify(counts));
    if (IS_JUDGED) {
      for (const kind of ['bid', 'pay'] as const) assert.ok(quantile(pressed[kind], 0.99) <= 2 * quantile(calm[kind], 0.99), `${kind}: ${figures}`);
      assert.ok(grown < 32, `memory grows: ${figures}`);
    }
    await eventually('everybody is served again', async () => (await lathe.api.get('/specs', { query: { q: 'sketch' } })).status === 200);
    await expectSound(lathe);
  });
}
