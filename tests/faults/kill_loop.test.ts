// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole story of a sale on a server that is killed at random moments: everything that was acknowledged is there afterwards,
// the books balance, and what was begun is finished in the end.
//
// LATHE_KILLS sets the number of kills over all worlds (100), LATHE_KILL_SEED repeats a run's moments.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../lib/api.ts';
import { type Engine, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { PowerLoss } from '../lib/power_loss/power_loss.ts';
import { randomNumbers } from '../lib/random.ts';
import { buyOne, publishOne, register } from './people.ts';
import { World } from './world.ts';

const KILLS = Number(process.env['LATHE_KILLS'] ?? 100);
const PRODUCERS = 3;
const BUYERS = 4;

type Kind = { name: string; engine: Engine; share: number; hasPowerLoss: boolean };
const kinds: Kind[] = [
  { name: 'SQLite, killed', engine: 'sqlite', share: 0.55, hasPowerLoss: false },
  { name: 'SQLite, without power', engine: 'sqlite', share: 0.2, hasPowerLoss: true },
  { name: 'PostgreSQL, killed', engine: 'postgresql', share: 0.25, hasPowerLoss: false },
];

async function untilEnd(world: World, act: () => Promise<void>): Promise<void> {
  while (!world.isEnding) await act();
}

/** Mostly in the first moments after a start, sometimes in the middle of long work. */
function lifetimeMs(world: World): number {
  return world.random() < 0.7 ? 10 + world.random() * 300 : 300 + world.random() * 1700;
}

async function live(world: World, kills: number): Promise<{ shop: Json[] }> {
  const shop: Json[] = [];
  const producers = [];
  for (let i = 0; i < PRODUCERS; i++) producers.push(await register(world, 'producer'));
  await publishOne(world, producers[0] as (typeof producers)[0], shop); // so that there is something to buy
  const lives = [
    ...producers.map((producer) => untilEnd(world, () => publishOne(world, producer, shop))),
    ...Array.from({ length: BUYERS }, () => untilEnd(world, () => buyOne(world, shop))),
  ];
  const killing = (async (): Promise<void> => {
    for (let i = 0; i < kills; i++) {
      await pause(lifetimeMs(world));
      await world.strike();
    }
    world.isEnding = true;
  })();
  await Promise.all([killing, ...lives]); // the first that fails ends the test
  return { shop };
}

describe('kill -9 at random moments', { skip: serveIsMissing(), concurrency: kinds.length }, () => {
  for (const kind of kinds) {
    const kills = Math.round(KILLS * kind.share);
    const seed = Number(process.env['LATHE_KILL_SEED'] ?? randomInt(1 << 30));
    test(`${kind.name}: ${kills} times`, { timeout: 900_000 }, async (t) => {
      t.diagnostic(`LATHE_KILL_SEED=${seed}`);
      const lathe = await Lathe.create({ engine: kind.engine, name: `kill_loop-${kind.hasPowerLoss ? 'power' : 'kill'}` });
      const power = kind.hasPowerLoss ? new PowerLoss(lathe.data) : undefined;
      const world = new World(lathe, randomNumbers(seed), power);
      try {
        await power?.begin();
        await lathe.start(power?.settings ?? {});
        const { shop } = await live(world, kills);
        await world.verifyEverything();
        await world.checkData();
        t.diagnostic(`${world.kills} kills, ${world.cut} requests cut, ${world.acknowledged} facts kept, ${shop.length} recordings`);
        assert.ok(world.cut > 0 && world.acknowledged > kills, 'the kills met nothing');
        await lathe.stop();
      } finally {
        world.isOver = true;
        await lathe.dispose();
        await power?.remove();
      }
    });
  }
});
