// SPDX-License-Identifier: AGPL-3.0-or-later
// Products for tests: drafts, pictures, what is public; and who may shape the tree of categories.
import assert from 'node:assert/strict';
import { type Api, expectStatus, type Json } from './api.ts';
import type { Lathe } from './lathe.ts';
import { makePng, upload } from './media.ts';
import { newPerson, type Person } from './people.ts';
import { eventually } from './wait.ts';

/** A body of POST /products that can be published as it is. */
export function productDraft(more: Json = {}): Json {
  return {
    title: 'Test pressing, side A',
    description: 'One of five.\nNever played.',
    condition: 'like_new',
    category: 'vinyl',
    currency: 'EUR',
    stock: 1,
    specifications: [{ name: 'Speed', value: '33 rpm' }],
    shipping: { from_country: 'DE', destinations: ['DE', 'FR'], handling_days: 2, weight_grams: 400 },
    ...more,
  };
}

export async function makeProduct(seller: Person, more: Json = {}): Promise<Json> {
  return expectStatus(await seller.api.post('/products', productDraft(more)), 201);
}

/** A public product. */
export async function publishProduct(seller: Person, more: Json = {}): Promise<Json> {
  const product = await makeProduct(seller, more);
  return expectStatus(await seller.api.post(`/products/${product.id}/publish`), 200);
}

export async function uploadPicture(person: Person, side = 64): Promise<string> {
  return upload(person.api, 'image', makePng(side), 'picture.png');
}

/** The product once its pictures are no longer in work. */
export async function processedProduct(seller: Person, id: string): Promise<Json> {
  return eventually('its pictures are processed', async () => {
    const product = expectStatus(await seller.api.get(`/products/${id}`), 200);
    return product.images.every((image: Json) => image.status === 'ready' || image.status === 'failed') ? product : undefined;
  });
}

let people = 0;

/** Somebody of a role that cannot be registered for. */
export async function newOfficial(lathe: Lathe, role: 'admin' | 'moderator'): Promise<Person> {
  const username = `${role}${++people}`;
  const email = `${username}@example.org`;
  const made = await lathe.run(['user', 'create', '--role', role, '--email', email, '--username', username, '--random-password']);
  assert.equal(made.code, 0, made.output);
  const password = /^password (\S+)$/m.exec(made.output)?.[1] ?? '';
  const tokens = expectStatus(await lathe.api.post('/auth/login', { login: email, password }), 200);
  return { email, username, password, id: tokens.user.id, tokens, api: lathe.api.as(tokens.access_token) };
}

export const newMerchant = (api: Api): Promise<Person> => newPerson(api, 'seller');
