// SPDX-License-Identifier: AGPL-3.0-or-later
// Random auctions on a real server: what its log says of every accepted bid, and every refusal, is what the model says at that moment.
//
// LATHE_MODEL_LOTS sets how many on each engine (150; `make nightly`: 1000), LATHE_MODEL_SEED where to begin.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Lot, people } from '../faults/lots.ts';
import { type Account, register } from '../faults/people.ts';
import { World } from '../faults/world.ts';
import { engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { lotSettings } from '../lib/lots.ts';
import { Dice } from '../lib/random.ts';
import { eventually, inLanes } from '../lib/wait.ts';
import { randomTerms } from './generate.ts';

const LOTS = Number(process.env['LATHE_MODEL_LOTS'] ?? 150);
const FIRST_SEED = Number(process.env['LATHE_MODEL_SEED'] ?? 1);
const LANES = 16;

/** At, or just beside, one of the numbers that decide. */
async function bid(lot: Lot, bidders: Account[], dice: Dice): Promise<void> {
  const { least_bid, price, starting_price } = lot.view;
  const amount = Math.max(1, dice.pick([least_bid, least_bid, least_bid, price, starting_price]) + dice.pick([-1, 0, 0, 0, 1, 20]));
  const maximum = amount + (dice.chance(0.5) ? 0 : dice.pick([0, 1, 5, 25, 60, 200]));
  const reply = await lot.bid(dice.pick(bidders), amount, maximum);
  if (reply.status !== 201) await lot.load();
}

async function play(world: World, seller: Account, bidders: Account[], seed: number): Promise<{ refused: number; accepted: number }> {
  const dice = new Dice(seed);
  const { starts_at: _, ends_at: __, ...terms } = randomTerms(dice);
  const soft = terms.soft_close_ms > 0 ? { soft_close_ms: 1_000, extend_ms: dice.pick([300, 1_000]) } : { soft_close_ms: 0, extend_ms: 0 };
  const lot = await Lot.open(world, seller, () => ({ starts_at: Date.now() + 300, ends_at: Date.now() + 2_300 }), { ...terms, ...soft });
  for (let left = dice.between(0, 3); left > 0; left--) await bid(lot, bidders, dice);
  await eventually('the auction is live', async () => (await lot.load()).status !== 'scheduled', { every_ms: 30 });
  for (let left = dice.between(0, 9); left > 0; left--) {
    await bid(lot, bidders, dice);
    await pause(dice.between(0, 150));
  }
  if (terms.buy_now_price > 0 && dice.chance(0.3)) {
    const reply = await world.api(dice.pick(bidders).token).post(`/auctions/${lot.id}/buy-now`);
    assert.ok(reply.status === 201 || reply.body.code === 'auctions.buy_now_gone', reply.text);
  }
  await lot.untilEnded();
  try {
    return { refused: await lot.judge(), accepted: lot.attempts.filter((attempt) => attempt.receipt).length };
  } catch (error) {
    throw new Error(`seed ${seed}, auction ${lot.id}`, { cause: error });
  }
}

describe('random auctions over HTTP', { skip: serveIsMissing(), concurrency: engines.length }, () => {
  for (const engine of engines) {
    test(`${engine}: ${LOTS} auctions`, { timeout: 900_000 }, async (t) => {
      const lathe = await Lathe.start({ engine, name: 'auctions_model', settings: lotSettings });
      const world = new World(lathe, Math.random);
      try {
        const seller = await register(world, 'seller');
        const bidders = await people(world, 3);
        const seeds = Array.from({ length: LOTS }, (_, i) => FIRST_SEED + i);
        const counts = await inLanes(LANES, seeds, (seed) => play(world, seller, bidders, seed));
        const sum = (what: 'refused' | 'accepted'): number => counts.reduce((total, count) => total + count[what], 0);
        t.diagnostic(`${sum('accepted')} bids accepted, ${sum('refused')} refused`);
        assert.ok(sum('accepted') > LOTS && sum('refused') > LOTS / 2, 'too little happened to say much');
        await lathe.stop();
      } finally {
        world.isOver = true;
        await lathe.dispose();
      }
    });
  }
});
