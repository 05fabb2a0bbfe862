// SPDX-License-Identifier: AGPL-3.0-or-later
// A prepared shop: people of every role and one of each thing that a route can name.
import { randomBytes } from 'node:crypto';
import { expectStatus, type Json } from '../lib/api.ts';
import { newLot } from '../lib/auctions.ts';
import { makeProduct, newOfficial, publishProduct } from '../lib/goods.ts';
import type { Lathe } from '../lib/lathe.ts';
import { newPerson, type Person, specDraft } from '../lib/people.ts';
import { createUpload, licensesOf, orderOf, paidOrder, publishedSpec, uploadIdOf } from '../lib/sale.ts';

export const ROLES = ['producer', 'merchant', 'buyer', 'moderator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export class World {
  readonly #lathe: Lathe;
  readonly #people = new Map<Role, Person>();
  readonly #ids = new Map<string, string[]>();

  private constructor(lathe: Lathe) {
    this.#lathe = lathe;
  }

  static async create(lathe: Lathe): Promise<World> {
    const world = new World(lathe);
    for (const role of ROLES) await world.replace(role);
    await world.#shelve();
    return world;
  }

  person(role: Role): Person {
    const person = this.#people.get(role);
    if (!person) throw new Error(`nobody is ${role}`);
    return person;
  }

  /** Somebody new in a role, after the one before is gone. */
  async replace(role: Role): Promise<void> {
    const official = role === 'moderator' || role === 'admin';
    const registered = role === 'producer' ? 'producer' : role === 'merchant' ? 'seller' : 'listener';
    const person = official ? await newOfficial(this.#lathe, role) : await newPerson(this.#lathe.api, registered);
    this.#people.set(role, person);
    this.#add('user', person.username, person.id);
    this.#add('account_id', person.id);
    this.#add('login', person.username, person.email);
  }

  #add(name: string, ...ids: string[]): void {
    this.#ids.set(name, [...ids, ...(this.#ids.get(name) ?? [])].slice(0, 4));
  }

  /** What takes long to make: a recording that went through the pipeline, and a sale of it. */
  async #shelve(): Promise<void> {
    const [producer, buyer] = [this.person('producer').api, this.person('buyer').api];
    const spec = await publishedSpec(producer, 1 + randomBytes(2).readUInt16LE(), { free_mp3_enabled: true });
    const order = await paidOrder(buyer, spec);
    const [license] = await licensesOf(buyer, order.id);
    const stream = expectStatus(await buyer.get(`/specs/${spec.id}/stream`), 200);
    this.#ids.set('published', [spec.id]);
    this.#add('spec_id', spec.id);
    this.#add('license_option_id', spec.licenses[0].id);
    this.#add('license_id', license.id);
    this.#add('license_key', license.key ?? license.id);
    this.#add('paid', order.id);
    const playlist = new URL(stream.url ?? stream.playlist_url ?? 'http://x/media/hls/x/master.m3u8', 'http://x');
    const genres = expectStatus(await buyer.get('/genres'), 200).items.map((genre: Json) => genre.slug);
    this.#ids.set('genre', genres.slice(0, 6));
    this.#add('file', playlist.pathname.split('/').at(-1) as string, 'master.m3u8', `${spec.id}.mp3`, '0.m4s', '1.m4s');
    this.#add('sha256', '0'.repeat(64));
  }

  /** What is cheap and can be used up, made anew before an operation that names it. */
  async refresh(path: string): Promise<void> {
    if (/specs|tracks|moderation/.test(path)) this.#add('draft', expectStatus(await this.person('producer').api.post('/specs', specDraft()), 201).id);
    if (/uploads|assets/.test(path)) this.#add('upload_id', uploadIdOf(await createUpload(this.person('producer').api, 'master', 10)));
    if (/avatar/.test(path)) this.#add('upload_id', uploadIdOf(await createUpload(this.person('buyer').api, 'avatar', 10)));
    if (/products|auctions/.test(path)) await this.#offer();
    if (/auctions/.test(path)) await this.#auction();
    if (/chat/.test(path)) await this.#talk();
    if (/sessions/.test(path)) this.#add('session_id', expectStatus(await this.person('buyer').api.get('/me/sessions'), 200).items[0].id);
    if (/orders|payments/.test(path)) await this.#order();
    if (/categories/.test(path)) await this.#categorise();
  }

  async #offer(): Promise<void> {
    const merchant = this.person('merchant');
    const product = await publishProduct(merchant, { currency: 'USD', stock: 50 });
    const unpublished = await makeProduct(merchant, { currency: 'USD' });
    this.#add('product', product.id, unpublished.id);
    this.#add('item_id', product.id, unpublished.id);
  }

  async #auction(): Promise<void> {
    const merchant = this.person('merchant');
    const live = await newLot(merchant, { ends_in: 600_000 });
    const scheduled = await newLot(merchant, { starts_in: 3_600_000, ends_in: 7_200_000 });
    this.#add('auction_id', live.id, scheduled.id);
  }

  async #talk(): Promise<void> {
    const buyer = this.person('buyer');
    const room = expectStatus(await buyer.api.post('/chat/rooms', { title: `Room ${randomBytes(4).toString('hex')}` }), 201);
    const message = expectStatus(await buyer.api.post(`/chat/rooms/${room.id}/messages`, { text: 'hello' }), 201);
    this.#add('room_id', room.id);
    this.#add('message_id', message.id);
  }

  async #order(): Promise<void> {
    const [spec] = this.#ids.get('published') ?? [];
    const [option] = this.#ids.get('license_option_id') ?? [];
    const placed = await this.person('buyer').api.post('/orders', orderOf({ id: spec, licenses: [{ id: option }] }));
    if (placed.status === 201) {
      this.#add('order_id', placed.body.id);
      this.#add('line_id', placed.body.items[0].id);
    }
  }

  async #categorise(): Promise<void> {
    const name = `Kind ${randomBytes(4).toString('hex')}`;
    const made = expectStatus(await this.person('admin').api.post('/categories', { name }), 201);
    this.#add('category', made.id);
    this.#add('parent_id', made.id);
  }

  /** Ids for a variable of a path, or for a member of a body. */
  known(name: string, path = ''): string[] {
    const all = (...names: string[]): string[] => names.flatMap((each) => this.#ids.get(each) ?? []);
    if (name === 'key' && path.includes('{key}')) {
      if (path.includes('/products/')) return all('product');
      if (path.includes('/categories/')) return all('category');
      if (path.includes('/license-checks/')) return all('license_key', 'license_id');
      return all('draft', 'published');
    }
    if (name === 'order_id') return all('order_id', 'paid');
    if (name === 'id') return all('spec_id', 'category', 'order_id');
    if (name === 'emoji') return ['👍', '🎹'];
    if (name === 'word') return ['forbidden', 'two words'];
    return all(name);
  }
}

export function roleFor(operation: Json): Role[] {
  const permission = /Needs the permission ([a-z]+:[a-z]+)/.exec(operation.description ?? '')?.[1] ?? '';
  if (/:admin$|^report:decide$/.test(permission)) return ['admin', 'moderator'];
  return [...ROLES];
}
