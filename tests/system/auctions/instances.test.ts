// SPDX-License-Identifier: AGPL-3.0-or-later
// Two servers on one PostgreSQL take bids for the same lots at once: what either took is in the one log, and nothing else is.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json } from '../../lib/api.ts';
import { expectLogFits, lotSettings, newLot, readLog, readLot } from '../../lib/auctions.ts';
import { Lathe, serveIsMissing } from '../../lib/lathe.ts';
import { newBuyer, newSeller, expectSound } from '../../lib/shop.ts';

const LOTS = 4;
const BIDDERS = 6;
const ROUNDS = 8;

describe('bids at two servers', { skip: serveIsMissing() }, () => {
  test('what either took is in the one log, once', async (t) => {
    const settings = { ...lotSettings, LATHE_RATE_LIMITS: 'off', LATHE_SECRET: 'two servers that share a root secret of this length' };
    const first = await Lathe.start({ engine: 'postgresql', name: 'bids_first', settings });
    t.after(() => first.dispose());
    const second = await Lathe.beside(first, { name: 'bids_second', settings });
    t.after(() => second.dispose());
    const seller = await newSeller(first);
    const people = await Promise.all(Array.from({ length: BIDDERS }, () => newBuyer(first)));
    const lots = await Promise.all(Array.from({ length: LOTS }, () => newLot(seller, { ends_in: 3_600_000, bid_step: 1 })));

    const taken = new Map<string, Json[]>(lots.map((lot) => [lot.id, []]));
    let amount = 1000;
    const one = async (bidder: number): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all(lots.map(async (lot) => {
          const server = (bidder + round) % 2 === 0 ? first : second;
          const api = server.api.as(people[bidder]!.tokens.access_token);
          const reply = await api.post(`/auctions/${lot.id}/bids`, { amount: (amount += 10) });
          assert.ok(reply.status === 201 || reply.status === 409, reply.text);
          if (reply.status === 201) taken.get(lot.id)!.push(reply.body);
        }));
      }
    };
    await Promise.all(people.map((_, bidder) => one(bidder)));

    for (const lot of lots) {
      const { events } = await readLog(first.api, lot.id);
      const receipts = taken.get(lot.id)!;
      const sequences = events.map((event, index) => ({ kind: event.kind, sequence: index + 1 })).filter(({ kind }) => kind === 'bid').map(({ sequence }) => sequence);
      assert.ok(receipts.length >= 1); // nobody overtakes the highest
      assert.deepEqual(receipts.map((receipt) => receipt.sequence).sort((a, b) => a - b), sequences);
      const seen = await Promise.all([first, second].map((server) => readLot(server.api, lot.id)));
      assert.deepEqual([seen[0]!.bid_count, seen[0]!.price], [receipts.length, seen[1]!.price]);
      await expectLogFits(first, lot.id);
    }
    await expectSound(first);
  });
});
