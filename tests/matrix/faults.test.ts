// SPDX-License-Identifier: AGPL-3.0-or-later
// Every fault point of the reference × fail, delay, wait, crash, met in the middle of a sale: whatever the server said then, after a start
// without the fault the sale goes on to its end, what was acknowledged is there, and every check holds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectStatus, type Json, type Reply } from '../lib/api.ts';
import { eachEngine, Lathe } from '../lib/lathe.ts';
import { newPerson, type Person, specDraft } from '../lib/people.ts';
import { createUpload, orderOf, publishedSpec } from '../lib/sale.ts';
import { expectSound } from '../lib/shop.ts';
import { ACTIONS, again, attempt, POINTS } from './points.ts';

eachEngine('faults in a sale', (engine) => {
  let lathe: Lathe;
  let seller: Person;
  let buyer: Person;
  let spec: Json;

  before(async () => {
    lathe = await Lathe.start({ engine, name: 'matrix', settings: { LATHE_JOBS_POLL: '50ms', LATHE_BUS_POLL: '50ms' } });
    seller = await newPerson(lathe.api, 'producer');
    buyer = await newPerson(lathe.api);
    spec = await publishedSpec(seller.api, 41);
  });
  after(() => lathe.dispose());

  /** What a shop does all day, each step once; the server may fail or fall at any of them. */
  async function trade(keys: { draft: string; order: string }): Promise<Json> {
    const [by, from] = [lathe.api.as(buyer.tokens.access_token), lathe.api.as(seller.tokens.access_token)];
    const draft = await attempt((signal) => from.post('/specs', specDraft(), { key: keys.draft, signal }));
    await attempt((signal) => createUpload(from, 'cover', 10, {}, undefined, signal));
    await attempt((signal) => lathe.api.get('/specs', { signal }));
    const placed = await attempt((signal) => by.post('/orders', orderOf(spec), { key: keys.order, signal }));
    const paid = placed?.status === 201 ? await attempt((signal) => by.post('/payments/verify', { order_id: placed.body.id, outcome: 'succeed' }, { signal })) : undefined;
    const said = (reply: Reply | undefined, status: number): Json => (reply?.status === status ? reply.body.id : undefined);
    return { draft: said(draft, 201), order: said(placed, 201), isPaid: paid?.status === 200 };
  }

  for (const point of POINTS.filter((name) => !name.startsWith('auctions.'))) {
    for (const action of ACTIONS) {
      test(`${point}=${action}`, { timeout: 180_000 }, async () => {
        const name = `${point}.${action}`.replaceAll(/[^a-z0-9]+/g, '-');
        const keys = { draft: `draft-${name}`, order: `order-${name}` };
        await lathe.stop();
        await lathe.start({ LATHE_FAULT: `${point}=${action}` }, { within_ms: 40_000, look_ms: 10_000 }).catch(() => undefined);
        const said = await trade(keys);
        await lathe.kill();
        await lathe.start();
        const [by, from] = [lathe.api.as(buyer.tokens.access_token), lathe.api.as(seller.tokens.access_token)];
        const draft = await again('the draft is there', () => from.post('/specs', specDraft({ title: 'Again' }), { key: `${keys.draft}-again` }), 201, (body) => body.id as string);
        expectStatus(await from.get(`/specs/${said.draft ?? draft}`), 200);
        const order = said.order ?? (await again('the order is placed', () => by.post('/orders', orderOf(spec), { key: keys.order }), 201, (body) => body.id as string));
        if (said.isPaid) assert.equal(expectStatus(await by.get(`/orders/${order}`), 200).status, 'paid');
        await again('the order is paid', () => by.post('/payments/verify', { order_id: order, outcome: 'succeed' }), 200, (body) => body.status === 'paid' && body);
        await expectSound(lathe);
      });
    }
  }
});
