// SPDX-License-Identifier: AGPL-3.0-or-later
// Time: ends that passed while the server was down, and two servers on one database that both want to end the same lots.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { bid, expectLogFits, lotSettings, newLot, readLog, readLot, untilStatus } from '../../lib/auctions.ts';
import { eachEngine, Lathe, useLathe } from '../../lib/lathe.ts';
import { expectSound, newBuyer, newSeller } from '../../lib/shop.ts';
import { binary } from '../../lib/paths.ts';
import { eventually } from '../../lib/wait.ts';

const LOTS = 40;
/** Tokens of one are good at the other. */
const shared = { ...lotSettings, LATHE_SECRET: 'c2hhcmVkIGJ5IHR3byBzZXJ2ZXJzLCBmb3IgYSB0ZXN0IG9ubHk' };

eachEngine('the clock of auctions', (engine) => {
  const lathe = useLathe({ engine, settings: lotSettings });

  test('an end that passed while the server was down is kept to', async () => {
    const seller = await newSeller(lathe());
    const anna = await newBuyer(lathe());
    const lot = await newLot(seller, { ends_in: 3_000, soft_close_ms: 60_000, extend_ms: 1_000 });
    const missed = await newLot(seller, { starts_in: 1_500, ends_in: 3_000 });
    expectStatus(await bid(anna, lot.id, 1000, 5000), 201);
    expectStatus(await bid(anna, missed.id, 1500), 201);
    await lathe().kill();
    await eventually('the ends have passed', () => Date.now() > Date.parse(lot.ends_at) + 200);
    await lathe().start();
    const again = lathe().api.as(anna.tokens.access_token);
    for (const { id, ends_at } of [lot, missed]) {
      const ended = await untilStatus(lathe().api, id, 'ended');
      assert.deepEqual([ended.outcome, ended.ends_at], ['sold', ends_at]);
      expectProblem(await again.post(`/auctions/${id}/bids`, { amount: 9000 }), 409, 'auctions.closed');
      await expectLogFits(lathe(), id);
    }
    const { events } = await readLog(lathe().api, missed.id);
    assert.deepEqual(events.map((event: Json) => event.kind), ['created', 'prebid', 'started', 'ended']);
    await expectSound(lathe());
  });

  /** How late this process itself was at each of the moments, in seconds: what the machine had no time for, no server can keep. */
  const ownDelays = (moments: string[]): Promise<number[]> =>
    Promise.all(moments.map(async (moment) => {
      await pause(Math.max(Date.parse(moment) - Date.now(), 0));
      return (Date.now() - Date.parse(moment)) / 1000;
    }));

  /** How many ends were recorded within so many seconds of their moment, by the server's own clock: after the commit that holds them. */
  const recorded = async (): Promise<(within: string) => number> => {
    const metrics = (await lathe().api.root('GET', '/metrics')).text;
    return (within) => Number(new RegExp(`auctions_end_delay_seconds_bucket\\{le="${within}"\\} (\\d+)`).exec(metrics)?.[1] ?? '0');
  };

  test('ends are recorded when they come', async (t) => {
    const seller = await newSeller(lathe());
    const before = await recorded();
    const lots = await Promise.all(Array.from({ length: 20 }, (_, i) => newLot(seller, { ends_in: 4_000 + 100 * i })));
    const own = await ownDelays(lots.map((lot) => lot.ends_at));
    for (const lot of lots) {
      await untilStatus(lathe().api, lot.id, 'ended');
      const { events } = await readLog(lathe().api, lot.id);
      assert.equal(events.at(-1).at, Date.parse(lot.ends_at) * 1000 + Number(lot.ends_at.slice(23, 26)), 'the log names the moment itself');
    }
    const after = await recorded();
    const within: Record<string, number> = Object.fromEntries(['0.01', '0.025', '0.05', '0.25', '1', '\\+Inf'].map((le) => [le, after(le) - before(le)]));
    assert.equal(within['\\+Inf'], lots.length, JSON.stringify(within));
    const had_time = own.filter((delay) => delay < 0.02).length;
    t.diagnostic(`of ${lots.length} ends within seconds: ${JSON.stringify(within)}; at ${had_time} of these moments the machine had time`);
    // The promise is 50 ms on a machine that has time: half of the ends keep it in a plain build, and 250 ms under a sanitizer.
    const bar = /asan|tsan/.test(binary) ? '0.25' : '0.05';
    if (had_time >= 18) assert.ok((within[bar] ?? 0) >= lots.length / 2, JSON.stringify(within));
  });
});

test('two servers on one database start and end each lot once', async (t) => {
  const one = await Lathe.start({ engine: 'postgresql', settings: shared, name: 'clock-one' });
  t.after(() => one.dispose());
  const two = await Lathe.beside(one, { settings: shared, name: 'clock-two' });
  t.after(() => two.dispose());
  const seller = await newSeller(one);
  const anna = await newBuyer(one);
  const bert = { ...anna, api: two.api.as(anna.tokens.access_token) };
  const times = { starts_in: 4_000, ends_in: 14_000 };
  const lots: Json[] = await Promise.all(Array.from({ length: LOTS }, () => newLot(seller, times)));
  await Promise.all(lots.map((lot) => untilStatus(two.api, lot.id, 'live')));
  const answers = await Promise.all(lots.flatMap((lot) => [bid(anna, lot.id, 1000, 2000), bid(bert, lot.id, 1000, 3000)]));
  assert.ok(answers.filter((answer) => answer.status === 201).length >= LOTS);
  for (const lot of lots) {
    const ended = await untilStatus(one.api, lot.id, 'ended');
    assert.deepEqual([ended.outcome, ended.ends_at, ended.sale], ['sold', lot.ends_at, 'offered']);
    assert.deepEqual((await readLot(two.api, lot.id)).sequence, ended.sequence);
    const kinds = (await readLog(two.api, lot.id)).events.map((event) => event.kind);
    assert.deepEqual([kinds.filter((kind) => kind === 'started').length, kinds.filter((kind) => kind === 'ended').length], [1, 1]);
    await expectLogFits(one, lot.id);
  }
  await expectSound(one);
});
