// SPDX-License-Identifier: AGPL-3.0-or-later
// Fault points fail a few times in the middle of a sale: clients that send the same request again come through, and what is
// kept in the end is sound.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Api, type CallOptions, expectStatus, type Json, type Reply } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { makeWav, TUS, BYTES, metadata } from '../../lib/media.ts';
import { root, withoutFaults as skip } from '../../lib/paths.ts';
import { newPerson, specDraft } from '../../lib/people.ts';
import { expectSound, shopSettings } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

const page = readFileSync(join(root, 'docs/reference/faults.md'), 'utf8');
/** Those of processing are the component tests' of media: each costs a job's growing pause. */
const POINTS = [...page.matchAll(/^\| `([a-z_.]+)` \|/gm)].map((row) => row[1] as string).filter((point) => !point.startsWith('media.process.'));

/** At which passage a point begins to fail: a server that cannot start serves no sale. */
const LATER: Record<string, number> = { 'db.connect': 3, 'db.statement': 150, 'db.commit.before': 20, 'db.commit.after': 25, 'http.accept': 3 };

const rule = (point: string): string => `${point}=fail@${LATER[point] ?? 1}x${point === 'jobs.run' ? 1 : 2}`;

/** Sends a request until its answer is no failure of the server's. */
function stubborn(api: Api, method: string, path: string, options: CallOptions = {}): Promise<Reply> {
  return eventually(`${method} ${path} comes through`, async () => {
    const reply = await api.call(method, path, options).catch(() => undefined); // a connection that broke
    return reply !== undefined && reply.status < 500 && reply.status !== 409 && reply;
  }, { every_ms: 100, within_ms: 120_000 }); // a job that failed is tried again after a pause
}

eachEngine('failures everywhere', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, LATHE_MAIL_URL: 'file:mail' } });

  /** From a draft to a paid order; what the buyer has in the end. */
  async function sale(seller: Api, buyer: Api): Promise<Json> {
    const spec = expectStatus(await stubborn(seller, 'POST', '/specs', { body: specDraft(), key: 'one-spec' }), 201);
    const bytes = makeWav(1);
    const headers = { ...TUS, 'upload-length': `${bytes.length}`, 'upload-metadata': metadata({ purpose: 'master' }) };
    const created = await stubborn(seller, 'POST', '/uploads', { key: null, headers });
    const path = new URL(created.headers.get('location') ?? '', lathe().origin).pathname;
    await eventually('the upload is whole', async () => {
      const head = await seller.root('HEAD', path, { headers: TUS }).catch(() => undefined);
      const offset = Number(head?.headers.get('upload-offset') ?? Number.NaN);
      if (offset === bytes.length) return true;
      if (!Number.isNaN(offset)) await seller.root('PATCH', path, { raw: bytes.subarray(offset), headers: { ...BYTES, 'upload-offset': `${offset}` } }).catch(() => undefined);
      return false;
    });
    const asset = { upload_id: path.split('/').at(-1) };
    expectStatus(await stubborn(seller, 'PUT', `/specs/${spec.id}/assets/master`, { body: asset }), 202);
    const published = await eventually('it is published', async () => {
      const reply = await seller.post(`/specs/${spec.id}/publish`).catch(() => undefined);
      return reply?.status === 200 && (reply.body as Json);
    }, { within_ms: 120_000, every_ms: 200 });
    const items = [{ spec_id: spec.id, license_option_id: published.licenses[0].id }];
    const order = expectStatus(await stubborn(buyer, 'POST', '/orders', { body: { items, provider: 'test', terms_accepted: true }, key: 'one-order' }), 201);
    return eventually('it is paid', async () => {
      const reply = await buyer.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }).catch(() => undefined);
      return reply?.status === 200 && reply.body.status === 'paid' && reply.body;
    }, { every_ms: 100 });
  }

  test('a sale goes through, once', { skip }, async () => {
    assert.ok(POINTS.length > 25, 'the page of fault points lists them');
    const [seller, buyer] = [await newPerson(lathe().api, 'producer'), await newPerson(lathe().api)];
    await lathe().restart({ LATHE_FAULT: POINTS.map(rule).join(',') });
    const [sells, buys] = [lathe().api.as(seller.tokens.access_token), lathe().api.as(buyer.tokens.access_token)];
    const order = await sale(sells, buys);
    const licenses = expectStatus(await stubborn(buys, 'GET', '/licenses'), 200);
    assert.deepEqual(licenses.items.map((item: Json) => item.order_id), [order.id]);
    await eventually('it is counted', async () => {
      const reply = await sells.get('/analytics/overview').catch(() => undefined);
      return reply?.status === 200 && reply.body.total.purchases === 1;
    }, { within_ms: 60_000, every_ms: 200 });
    await lathe().restart();
    await expectSound(lathe());
  });
});
