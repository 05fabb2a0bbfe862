// SPDX-License-Identifier: AGPL-3.0-or-later
// The whole story of a sale on a server that is killed at random moments: everything that was acknowledged is there afterwards,
// the books balance, and what was begun is finished in the end.
//
// LATHE_KILLS sets the number of kills over all worlds (100), LATHE_KILL_SEED repeats a run's moments, LATHE_KILL_KINDS ("torn postgres")
// chooses worlds. With LATHE_FIGURES=FILE each world leaves its line of figures there.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Json } from '../lib/api.ts';
import { type Engine, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { PostgresServer } from '../lib/postgres_server.ts';
import { PowerLoss } from '../lib/power_loss/power_loss.ts';
import { randomNumbers } from '../lib/random.ts';
import { buyOne, publishOne, register } from './people.ts';
import { noteFigures } from './figures.ts';
import { type Around, World } from './world.ts';

const KILLS = Number(process.env['LATHE_KILLS'] ?? 100);
const PRODUCERS = 3;
const BUYERS = 4;

type Kind = { name: string; text: string; engine: Engine; share: number };
const KINDS: Kind[] = [
  { name: 'sqlite', text: 'SQLite, killed', engine: 'sqlite', share: 0.4 },
  { name: 'power', text: 'SQLite, without power', engine: 'sqlite', share: 0.2 },
  { name: 'torn', text: 'SQLite, torn writes', engine: 'sqlite', share: 0.1 },
  { name: 'postgresql', text: 'PostgreSQL, killed', engine: 'postgresql', share: 0.25 },
  { name: 'postgres', text: 'PostgreSQL, its server killed', engine: 'postgresql', share: 0.05 },
];
const CHOSEN = (process.env['LATHE_KILL_KINDS'] ?? '').split(' ').filter((name) => name !== '');
const kinds = KINDS.filter((kind) => CHOSEN.length === 0 || CHOSEN.includes(kind.name));

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

/** The server of a kind, and what is struck beside it. */
async function prepare(kind: Kind): Promise<{ lathe: Lathe; around: Around }> {
  const postgres = kind.name === 'postgres' ? await PostgresServer.create() : undefined;
  const database = await postgres?.createDatabase();
  const lathe = await Lathe.create({ engine: kind.engine, name: `kill_loop-${kind.name}`, ...(database ? { database } : {}) });
  const isTorn = kind.name === 'torn';
  const power = isTorn || kind.name === 'power' ? new PowerLoss(lathe.data) : undefined;
  return { lathe, around: { power, isTorn, postgres } };
}

describe('kill -9 at random moments', { skip: serveIsMissing(), concurrency: 3 }, () => {
  for (const kind of kinds) {
    const kills = Math.round(KILLS * (CHOSEN.length === 0 ? kind.share : 1));
    const seed = Number(process.env['LATHE_KILL_SEED'] ?? randomInt(1 << 30));
    test(`${kind.text}: ${kills} times`, { timeout: 900_000 + kills * 20_000 }, async (t) => {
      t.diagnostic(`LATHE_KILL_SEED=${seed}`);
      const { lathe, around } = await prepare(kind);
      const world = new World(lathe, randomNumbers(seed), around);
      try {
        await around.power?.begin();
        await lathe.start(around.power?.settings ?? {});
        const { shop } = await live(world, kills);
        await world.verifyEverything();
        await world.checkData();
        const figures = `${world.kills} kills, ${world.cut} requests cut, ${world.unavailable} told to come later, ${world.acknowledged} facts kept, ${shop.length} recordings`;
        t.diagnostic(figures);
        noteFigures(`sale, ${kind.text}`, figures);
        assert.ok(world.cut + world.unavailable > 0 && world.acknowledged > kills, 'the kills met nothing');
        await lathe.stop();
      } finally {
        world.isEnding = true;
        await world.end();
        await lathe.dispose();
        await around.power?.remove();
        await around.postgres?.dispose();
      }
    });
  }
});
