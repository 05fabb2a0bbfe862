// SPDX-License-Identifier: AGPL-3.0-or-later
// A small shop for tests of pages: a published recording, a draft, a sale.
import assert from 'node:assert/strict';
import { type Api, expectStatus, type Json } from '../lib/api.ts';
import { bid, lotTerms, newProduct, soon, untilStatus } from '../lib/auctions.ts';
import { makeWav, process } from '../lib/media.ts';
import { newPerson, type Person } from '../lib/people.ts';

export type Shop = { seller: Person; buyer: Person; published: Json; draft: Json; order: Json; pending: Json; license: Json; product: Json; lot: Json };

async function order(buyer: Person, spec: Json): Promise<Json> {
  const option = spec.licenses[0];
  return expectStatus(await buyer.api.post('/orders', { items: [{ spec_id: spec.id, license_option_id: option.id }], provider: 'test' }), 201);
}

/** Through the API, as a client would. */
export async function seedShop(api: Api): Promise<Shop> {
  const seller = await newPerson(api, 'producer');
  const buyer = await newPerson(api);
  const made = await process(seller, 'master', makeWav(8), 'harbour.wav');
  assert.equal(made.asset.status, 'ready', JSON.stringify(made.asset));
  const published = expectStatus(await seller.api.post(`/specs/${made.spec.id}/publish`), 200);
  const draft = expectStatus(await seller.api.post('/specs', { title: 'Unfinished', category: 'beat' }), 201);
  const placed = await order(buyer, published);
  const paid = expectStatus(await buyer.api.post('/payments/verify', { order_id: placed.id, outcome: 'succeed' }), 200);
  const pending = await order(buyer, published);
  const license = expectStatus(await buyer.api.get(`/licenses/${paid.items[0].license_id}`), 200);
  expectStatus(await buyer.api.put(`/specs/${published.id}/favorite`), 204);
  const product = await newProduct(seller, { title: 'Test pressing' });
  const lot = expectStatus(await seller.api.post('/auctions', lotTerms(product.id, { ends_at: soon(3_600_000) })), 201);
  await untilStatus(seller.api, lot.id, 'live');
  expectStatus(await bid(buyer, lot.id, 1000), 201);
  return { seller, buyer, published, draft, order: paid, pending, license, product, lot };
}
