// SPDX-License-Identifier: AGPL-3.0-or-later
// 64 people bid on one lot at once while the server is killed: what they saw can have been one order of events, which is that of the log.
//
// LATHE_KILL_SEED repeats a run's bids as far as chance allows.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { lotSettings } from '../lib/lots.ts';
import { Dice } from '../lib/random.ts';
import { Lot, judgeOrders, people } from './lots.ts';
import { type Account, register } from './people.ts';
import { World } from './world.ts';

const BIDDERS = 64;
const KILLS = 4;
const LENGTH_MS = 8_000;
const ENOUGH = 16; // on a machine that does much else; a quiet one comes to hundreds

/** Bids near what was last shown, so that many meet: some too low, some equal, some far above. */
async function keepBidding(lot: Lot, bidder: Account, dice: Dice): Promise<void> {
  for (;;) {
    const price = Math.max(100, lot.view.price);
    const amount = price + dice.pick([0, 25, 25, 50, 50, 100]);
    const maximum = dice.chance(0.5) ? amount : amount + dice.pick([0, 50, 100, 500, 1_000]);
    const reply = await lot.bid(bidder, amount, maximum);
    if (reply.body?.code === 'auctions.closed') return;
    if (reply.status !== 201) await lot.load();
    await pause(dice.between(0, 40));
  }
}

describe('64 bidders on one lot, the server killed in between', { skip: serveIsMissing(), concurrency: 1 }, () => {
  for (const engine of engines) {
    test(engine, { timeout: 300_000 }, async (t) => {
      const seed = Number(process.env['LATHE_KILL_SEED'] ?? randomInt(1 << 30));
      t.diagnostic(`LATHE_KILL_SEED=${seed}`);
      const dice = new Dice(seed);
      const lathe = await Lathe.create({ engine, name: 'auctions_history', settings: lotSettings });
      const world = new World(lathe, dice.next);
      try {
        await lathe.start();
        const seller = await register(world, 'seller');
        const bidders = await people(world, BIDDERS);
        // A busy machine takes seconds for a kill and a start: the lot lasts longer by as much.
        const began = performance.now();
        await world.strike();
        const length = LENGTH_MS + Math.min(60_000, KILLS * Math.round(performance.now() - began));
        const times = () => ({ starts_at: Date.now() + 500, ends_at: Date.now() + 500 + length });
        const lot = await Lot.open(world, seller, times, { soft_close_ms: 1_000, extend_ms: 1_000 });
        // Some pre-bids, then all at once until the end.
        await Promise.all(bidders.slice(0, 8).map((bidder) => lot.bid(bidder, 100, 100 + dice.between(0, 4) * 50)));
        const bidding = bidders.map((bidder) => keepBidding(lot, bidder, dice));
        const killing = (async (): Promise<void> => {
          for (let i = 0; i < KILLS; i++) {
            await pause(LENGTH_MS / (KILLS + 2));
            await world.strike();
          }
        })();
        await Promise.all([killing, ...bidding]);
        await lot.untilEnded();
        const refusals = await lot.judge();
        const accepted = lot.attempts.filter((attempt) => attempt.receipt).length;
        t.diagnostic(`${accepted} bids accepted, ${refusals} refused, ${world.cut} replies cut off by ${world.kills} kills`);
        assert.ok(accepted >= ENOUGH && refusals >= ENOUGH && world.cut > 0, 'too little happened to say much');
        assert.equal((await lot.judgeByProgram()).fits, true);
        // One flipped bit anywhere is found, by the program and by the verifier here.
        for (let i = 0; i < 20; i++) {
          const { fits } = await lot.judgeByProgram((text) => {
            const bytes = Buffer.from(text);
            const at = dice.between(0, bytes.length - 1);
            bytes[at] = (bytes[at] as number) ^ 1;
            return bytes.toString('utf8');
          });
          assert.equal(fits, false);
        }
        await judgeOrders(world, [lot], bidders);
        await lathe.stop();
      } finally {
        await world.end();
        await lathe.dispose();
      }
    });
  }
});
