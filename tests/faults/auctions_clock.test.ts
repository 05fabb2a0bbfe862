// SPDX-License-Identifier: AGPL-3.0-or-later
// The machine's clock is set back and forth by an hour (libfaketime) while auctions run: nothing of them changes.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { lotSettings } from '../lib/lots.ts';
import { eventually } from '../lib/wait.ts';
import { Lot, people } from './lots.ts';
import { register } from './people.ts';
import { World } from './world.ts';

const library = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const STEPS = ['+3600', '-3600', '+0', '-3600', '+3600'];
const LENGTH_MS = 15_000; // long enough for a busy machine to take all bids

describe('steps of the wall clock', { skip: serveIsMissing() || (existsSync(library) ? false : 'libfaketime is not installed'), concurrency: 1 }, () => {
  for (const engine of engines) {
    test(`${engine}: an hour forth and back changes no auction`, { timeout: 120_000 }, async () => {
      const lathe = await Lathe.create({ engine, name: 'auctions_clock', settings: lotSettings });
      const file = join(lathe.data, 'clock');
      // The monotonic clock stays what it is, as with a real step.
      const faked = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', DONT_FAKE_MONOTONIC: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
      const set = (offset: string): Promise<void> => writeFile(file, `${offset}\n`);
      const world = new World(lathe, Math.random);
      try {
        await set('+0');
        await lathe.start(faked);
        const seller = await register(world, 'seller');
        const bidders = await people(world, 4);
        const began = Date.now();
        const plan = (i: number) => ({ starts_at: Date.now() + 500, ends_at: Math.max(Date.now() + 2_000, began + LENGTH_MS) + i * 300 });
        const lots = await Promise.all([0, 1, 2, 3].map((i) => Lot.open(world, seller, () => plan(i), { bid_step: 10 })));
        const planned = lots.map((lot) => Date.parse(lot.view.ends_at));
        for (const [i, step] of STEPS.entries()) {
          await pause(700);
          await set(step);
          // The program's own wall clock never goes back; forward it follows, within a second.
          await eventually(`the server sees the step ${step}`, async () => {
            const wall = Date.parse((await lathe.api.get('/auctions')).headers.get('date') ?? '');
            return wall - Date.now() > Number(step) * 1_000 - 60_000;
          });
          for (const [n, lot] of lots.entries()) {
            const reply = await lot.bid(bidders[(i + n) % bidders.length]!, 100 + i * 50, 120 + i * 50);
            assert.equal(reply.status, 201, `after the step ${step}: ${reply.text}`);
          }
        }
        for (const [n, lot] of lots.entries()) {
          await lot.untilEnded();
          const ended = Date.now();
          assert.ok(ended >= planned[n]!, 'ended early');
          await lot.judge();
          const bodies = JSON.parse(await lot.log()).events.map((event: { body: string }) => JSON.parse(event.body));
          assert.equal(bodies.at(-1).at, planned[n]! * 1_000, 'the end is at the planned moment');
          for (const body of bodies) assert.ok(Math.abs(body.at / 1_000 - began) < 60_000, `${body.kind} was judged at another hour`);
        }
        await lathe.stop();
      } finally {
        world.isOver = true;
        await lathe.dispose();
      }
    });
  }
});
