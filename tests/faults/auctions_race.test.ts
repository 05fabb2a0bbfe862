// SPDX-License-Identifier: AGPL-3.0-or-later
// Two servers on one PostgreSQL, and a thousand lots that end at once: each ends once, at its time, with one order.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Api } from '../lib/api.ts';
import { Lathe, serveIsMissing } from '../lib/lathe.ts';
import { bidOn, lotSettings } from '../lib/lots.ts';
import { inLanes } from '../lib/wait.ts';
import { Lot, judgeOrders, people } from './lots.ts';
import { register } from './people.ts';
import { World } from './world.ts';

const LOTS = Number(process.env['LATHE_RACE_LOTS'] ?? 1_000);
const LANES = 24;

describe('two servers on one database', { skip: serveIsMissing() }, () => {
  test(`${LOTS} lots that end at once end once each`, { timeout: 600_000 }, async (t) => {
    const settings = { ...lotSettings, LATHE_SECRET: 'two servers that share a root secret of this length' };
    const first = await Lathe.start({ engine: 'postgresql', name: 'auctions_race', settings });
    const second = await Lathe.beside(first, { name: 'auctions_race_second', settings });
    const world = new World(first, Math.random);
    try {
      const seller = await register(world, 'seller');
      const bidders = await people(world, 8);
      const ends_at = Date.now() + 10_000 + LOTS * 100;
      const lots = await inLanes(LANES, Array.from({ length: LOTS }, (_, i) => i), async (i) => {
        const lot = await Lot.open(world, seller, () => {
          assert.ok(Date.now() + 2_000 < ends_at, 'this machine is too slow to prepare the lots in time');
          return { starts_at: Date.now(), ends_at };
        });
        const bidder = bidders[i % bidders.length]!;
        const server: Api = i % 2 === 0 ? first.api : second.api;
        if (i % 10 !== 0) assert.equal((await bidOn(server.as(bidder.token), lot.id, 100, 150)).status, 201);
        return lot;
      });
      let late = 0;
      await inLanes(LANES, lots, async (lot) => {
        await lot.untilEnded(120_000);
        await lot.judge();
        const end = JSON.parse(JSON.parse(await lot.log()).events.at(-1).body);
        late = Math.max(late, end.at - ends_at * 1_000);
      });
      await judgeOrders(world, lots, bidders);
      t.diagnostic(`${LOTS} lots of one moment; the last was recorded as ended ${late} µs after it`);
      await second.stop();
      await first.stop();
    } finally {
      world.isOver = true;
      await second.dispose();
      await first.dispose();
    }
  });
});
