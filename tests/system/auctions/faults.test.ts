// SPDX-License-Identifier: AGPL-3.0-or-later
// What fails, or dies, in the middle of a lot's transaction: nothing of it stays, and it is done once in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectStatus, type Json } from '../../lib/api.ts';
import { bid, expectLogFits, lotSettings, newLot, readLog, readLot, untilStatus } from '../../lib/auctions.ts';
import { engines, Lathe } from '../../lib/lathe.ts';
import { withoutFaults } from '../../lib/paths.ts';
import { expectSound, newBuyer, newSeller } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

const HARMLESS = 'auctions.start=delay:1ms@1x1';
const kinds = async (lathe: Lathe, id: string): Promise<string[]> => (await readLog(lathe.api, id)).events.map((event: Json) => event.kind);

async function untilDead(lathe: Lathe): Promise<void> {
  await eventually('the server is dead', async () => fetch(`${lathe.origin}/healthz`).then(() => false, () => true), { within_ms: 150_000 });
  await lathe.kill();
}

for (const engine of engines) {
  test(`a start and an end that fail are tried again (${engine})`, { skip: withoutFaults }, async (t) => {
    const settings = { ...lotSettings, LATHE_FAULT: 'auctions.start=fail:unavailable@1x1,auctions.end=fail:unavailable@1x1' };
    const lathe = await Lathe.start({ engine, settings, name: 'auction-retry' });
    t.after(() => lathe.dispose());
    const seller = await newSeller(lathe);
    const lot = await newLot(seller, { ends_in: 8_000 });
    expectStatus(await bid(await newBuyer(lathe), lot.id, 1000), 201);
    const ended = await untilStatus(lathe.api, lot.id, 'ended');
    assert.deepEqual([ended.outcome, ended.ends_at, ended.sale], ['sold', lot.ends_at, 'offered']);
    assert.deepEqual(await kinds(lathe, lot.id), ['created', 'started', 'bid', 'ended']);
    await expectSound(lathe);
  });

  test(`a server that dies while it ends a lot ends it once (${engine})`, { skip: withoutFaults }, async (t) => {
    const lathe = await Lathe.start({ engine, settings: { ...lotSettings, LATHE_FAULT: 'auctions.end=crash@1' }, name: 'auction-crash' });
    t.after(() => lathe.dispose());
    const lot = await newLot(await newSeller(lathe), { ends_in: 3_000 });
    expectStatus(await bid(await newBuyer(lathe), lot.id, 1000), 201);
    await untilDead(lathe);
    await lathe.start({ LATHE_FAULT: HARMLESS });
    const ended = await untilStatus(lathe.api, lot.id, 'ended');
    assert.deepEqual([ended.outcome, ended.ends_at], ['sold', lot.ends_at]);
    assert.deepEqual(await kinds(lathe, lot.id), ['created', 'started', 'bid', 'ended']);
    await expectLogFits(lathe, lot.id);
    await expectSound(lathe);
  });

  test(`a bid whose server dies before the commit is not there; said again, it is there once (${engine})`, { skip: withoutFaults }, async (t) => {
    const lathe = await Lathe.start({ engine, settings: { ...lotSettings, LATHE_FAULT: HARMLESS }, name: 'auction-lost' });
    t.after(() => lathe.dispose());
    const anna = await newBuyer(lathe);
    const lot = await newLot(await newSeller(lathe));
    await lathe.restart({ LATHE_FAULT: 'auctions.apply.judged=crash@1' });
    const again = (): Promise<Json> => lathe.api.as(anna.tokens.access_token).post(`/auctions/${lot.id}/bids`, { amount: 1000, key: 'once' });
    await assert.rejects(again());
    await untilDead(lathe);
    await lathe.start({ LATHE_FAULT: HARMLESS });
    assert.equal((await readLot(lathe.api, lot.id)).bid_count, 0);
    const first = expectStatus(await again(), 201);
    assert.equal(expectStatus(await again(), 201).sequence, first.sequence);
    assert.deepEqual(await kinds(lathe, lot.id), ['created', 'started', 'bid']);
    await expectSound(lathe);
  });
}
