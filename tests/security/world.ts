// SPDX-License-Identifier: AGPL-3.0-or-later
// People of every standing, and what one of them owns: the objects that the paths of the matrix name.
import { createUpload, appendUpload, licensesOf, uploadIdOf } from '../lib/sale.ts';
import { type Api, expectStatus, type Json } from '../lib/api.ts';
import { bid, newLot, newProduct, payWin, readLot, untilStatus } from '../lib/auctions.ts';
import { makeProduct, newOfficial } from '../lib/goods.ts';
import type { Lathe } from '../lib/lathe.ts';
import { newPerson, type Person, specDraft } from '../lib/people.ts';
import { buy, itemOf, license, placeOrder, publishSpec, type Spec } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';
import { LINKS } from './links.ts';

export const ACTORS = ['nobody', 'listener', 'owner', 'other', 'moderator', 'admin'] as const;
export type Actor = (typeof ACTORS)[number];

type Deal = { spec: Spec; order: Json };

const HOUR = 3_600_000;

/** What only one may know, told nowhere else: found in a reply, it came from there. */
const RESERVE = 7_654_321;
const MAXIMUM = 5_432_123;
const PRIVATE_NAME = { first_name: 'Kanarienvogel', last_name: 'Verborgen', phone: '+49 3641 7654321' };

/** `sees`: who of the actors may be shown it. */
export type Mark = { what: string; text: RegExp; sees: readonly Actor[] };
const quoted = (text: string): RegExp => new RegExp(text.replaceAll(/[.+*?^$()[\]{}|\\]/g, '\\$&'));

/** Those of one standing, verified or not, with objects of their own. `supplier` and `customer` are at the other end of the owner's deals. */
export class World {
  readonly lathe: Lathe;
  readonly people: Record<Exclude<Actor, 'nobody'> | 'supplier' | 'customer', Person>;
  readonly #made = new Map<string, Promise<string>>();
  #made_deals: Promise<{ bought: Deal; sold: Deal }> | undefined;

  private constructor(lathe: Lathe, people: World['people']) {
    this.lathe = lathe;
    this.people = people;
  }

  static async create(lathe: Lathe): Promise<World> {
    const [listener, owner, other, moderator, admin, supplier, customer] = await Promise.all([
      newPerson(lathe.api),
      newPerson(lathe.api, 'producer'),
      newPerson(lathe.api, 'producer'),
      newOfficial(lathe, 'moderator'),
      newOfficial(lathe, 'admin'),
      newPerson(lathe.api, 'producer'),
      newPerson(lathe.api),
    ]);
    expectStatus(await customer.api.patch('/me', PRIVATE_NAME), 200);
    return new World(lathe, { listener, owner, other, moderator, admin, supplier, customer });
  }

  /** Speaks as them on the server as it runs now: it may have been started anew since they logged in. */
  api(who: keyof World['people'] | 'nobody'): Api {
    return who === 'nobody' ? this.lathe.api : this.lathe.api.as(this.people[who].tokens.access_token);
  }

  /** Marks of what is private, as they stand now. */
  get marks(): Mark[] {
    const people = Object.entries(this.people).flatMap(([name, { email, tokens }]): Mark[] => {
      const sees = (ACTORS as readonly string[]).includes(name) ? [name as Actor] : [];
      return [
        { what: `the address of ${name}`, text: quoted(email), sees },
        { what: `the session of ${name}`, text: quoted(tokens.refresh_token), sees },
      ];
    });
    return [
      ...people,
      { what: 'the customer’s own name', text: /Kanarienvogel|Verborgen|3641 7654321/, sees: [] },
      { what: 'a reserve', text: new RegExp(`\\b${RESERVE}\\b`), sees: [] },
      { what: 'another’s maximum', text: new RegExp(`\\b${MAXIMUM}\\b`), sees: [] },
      { what: 'where a sold thing goes', text: /"Lot 7"/, sees: ['owner', 'admin'] },
      { what: 'a password’s hash', text: /\$2[aby]\$\d\d\$/, sees: [] },
    ];
  }

  /** The id of an object, made when it is first asked for. */
  object(name: string): Promise<string> {
    const made = this.#made.get(name) ?? this.make(name);
    this.#made.set(name, made);
    return made;
  }

  /** A new object of that name. */
  async make(name: string): Promise<string> {
    const factory = name.startsWith('link:') ? () => LINKS[name.slice(5)]?.(this) : this.#factories[name];
    if (!factory) throw new Error(`nobody can make a "${name}"`);
    const made = await factory();
    if (made === undefined) throw new Error(`nobody can make a "${name}"`);
    return made;
  }

  #deals(): Promise<{ bought: Deal; sold: Deal }> {
    const { owner, supplier, customer } = this.people;
    const deal = async (seller: Person, buyer: Person): Promise<Deal> => {
      const spec = await publishSpec(seller, { free_mp3_enabled: true, licenses: [license('basic', 2000), license('premium', 4000)] });
      return { spec, order: await buy(buyer, [itemOf(spec, 'basic')]) };
    };
    this.#made_deals ??= Promise.all([deal(supplier, owner), deal(owner, customer)]).then(([bought, sold]) => ({ bought, sold }));
    return this.#made_deals;
  }

  /** A lot of the seller's that the buyer has won by its price, paid or not. */
  async #won(seller: Person, buyer: Person, isPaid: boolean): Promise<string> {
    const lot = await newLot(seller, { buy_now_price: 5000 });
    expectStatus(await buyer.api.post(`/auctions/${lot.id}/buy-now`), 201);
    await untilStatus(buyer.api, lot.id, 'ended');
    const order = await eventually('the win is ordered', async () => (await readLot(buyer.api, lot.id)).order_id as string | null);
    if (isPaid) await payWin(buyer, order);
    return order;
  }

  /** What an order of the owner's public recording names. */
  async offer(): Promise<Json> {
    return itemOf((await this.#deals()).sold.spec, 'basic');
  }

  async #lineOf(order: string, who: 'owner' | 'customer'): Promise<string> {
    return expectStatus(await this.api(who).get(`/orders/${order}`), 200).items[0].id;
  }

  /** A room of the owner's that the customer is in. */
  async #room(kind: 'public' | 'private'): Promise<string> {
    const { id } = expectStatus(await this.api('owner').post('/chat/rooms', { kind, title: 'A room' }), 201);
    if (kind === 'private') expectStatus(await this.api('owner').post(`/chat/rooms/${id}/invitations`, { account_id: this.people.customer.id }), 204);
    expectStatus(await this.api('customer').post(`/chat/rooms/${id}/join`), 200);
    return id;
  }

  async #message(room: string): Promise<string> {
    return expectStatus(await this.api('owner').post(`/chat/rooms/${await this.object(room)}/messages`, { text: 'Said by its owner' }), 201).id;
  }

  readonly #factories: Record<string, () => Promise<string>> = {
    draft: async () => expectStatus(await this.api('owner').post('/specs', specDraft()), 201).id,
    public: async () => (await this.#deals()).sold.spec.id,
    offered: async () => (await publishSpec(this.people.owner)).id,
    bought: async () => (await this.#deals()).bought.order.id,
    sold: async () => (await this.#deals()).sold.order.id,
    sold_line: async () => (await this.#deals()).sold.order.items[0].id,
    pending: async () => (await placeOrder(this.people.owner, [itemOf((await this.#deals()).bought.spec, 'premium')])).id,
    license: async () => (await licensesOf(this.api('owner'), await this.object('bought')))[0].id,
    won: () => this.#won(this.people.supplier, this.people.owner, false),
    arriving: () => this.#won(this.people.supplier, this.people.owner, true),
    arriving_line: async () => this.#lineOf(await this.object('arriving'), 'owner'),
    owed: () => this.#won(this.people.owner, this.people.customer, true),
    owed_line: async () => this.#lineOf(await this.object('owed'), 'customer'),
    upload: async () => {
      const id = uploadIdOf(await createUpload(this.api('owner'), 'master', 10));
      expectStatus(await appendUpload(this.api('owner'), id, 0, new Uint8Array(5)), 204);
      return id;
    },
    session: async () => {
      const { username, password } = this.people.owner;
      expectStatus(await this.lathe.api.post('/auth/login', { login: username, password }), 200);
      const { items } = expectStatus(await this.api('owner').get('/me/sessions'), 200);
      return items.find((each: Json) => !each.is_current).id;
    },
    license_key: async () => expectStatus(await this.api('owner').get(`/licenses/${await this.object('license')}`), 200).key,
    username: async () => this.people.owner.username,
    owner: async () => this.people.owner.id,
    customer: async () => this.people.customer.id,
    product: async () => (await newProduct(this.people.owner)).id,
    product_draft: async () => (await makeProduct(this.people.owner)).id,
    category: async () => expectStatus(await this.api('admin').post('/categories', { name: `Shelf ${performance.now()}` }), 201).id,
    lot: async () => (await newLot(this.people.owner, { ends_in: HOUR, buy_now_price: 900_000 })).id,
    coming_lot: async () => (await newLot(this.people.owner, { starts_in: HOUR, ends_in: 2 * HOUR })).id,
    bid_lot: async () => {
      const { id } = await newLot(this.people.owner, { ends_in: HOUR, reserve_price: RESERVE });
      expectStatus(await bid(this.people.customer, id, 1000, MAXIMUM), 201);
      return id;
    },
    room: () => this.#room('private'),
    open_room: () => this.#room('public'),
    message: () => this.#message('room'),
    open_message: () => this.#message('open_room'),
    report: async () => {
      const message = await this.make('open_message');
      expectStatus(await this.api('customer').post(`/chat/messages/${message}/reports`, { reason: 'spam' }), 204);
      const { items } = expectStatus(await this.api('moderator').get('/chat/reports'), 200);
      return items.find((each: Json) => each.message?.id === message || each.message_id === message)?.id ?? items[0].id;
    },
    notification: async () => {
      const note = await eventually('the owner is told of a sale', async () => {
        const { items } = expectStatus(await this.api('owner').get('/me/notifications'), 200);
        return items[0];
      });
      return note.id;
    },
  };
}
