// SPDX-License-Identifier: AGPL-3.0-or-later
// What Lathe calls by itself: only addresses that the operator has set (Stripe, the mail server, clamd, the database). An address that
// a member writes anywhere is never looked up or called, in whatever form; and the operator's own targets cannot send it elsewhere.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type Api, expectStatus, type Json } from '../lib/api.ts';
import { lotSettings } from '../lib/auctions.ts';
import { makeProduct, productDraft } from '../lib/goods.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { settled } from '../lib/leftovers.ts';
import { newPerson, type Person, specDraft } from '../lib/people.ts';
import { itemOf, license, publishSpec, upload } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';

/** Somebody inside, who must not be called: notes each request. */
class Inside {
  readonly asked: string[] = [];
  readonly #server: Server;
  answer: { status: number; location?: string } = { status: 200 };

  constructor() {
    this.#server = createServer((request, reply) => {
      this.asked.push(`${request.method} ${request.url}`);
      reply.writeHead(this.answer.status, this.answer.location ? { location: this.answer.location } : {}).end('{}');
    });
  }
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, resolve)); // both families
  }
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The forms that an address inside may be written in. */
const HOSTS = ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '[0:0:0:0:0:ffff:7f00:1]', '0x7f.1', '2130706433', '0177.0.0.1', '127.1', '0', '[::]', 'localhost.', '127.0.0.1.nip.io', 'user@127.0.0.1'];

describe('addresses that members write', { skip: serveIsMissing() }, () => {
  const [inside, stripe] = [new Inside(), new Inside()];
  const lathe = useLathe(async () => {
    await Promise.all([inside.listen(), stripe.listen()]);
    return {
      settings: {
        ...lotSettings,
        LATHE_BUS_POLL: '50ms',
        LATHE_CHAT_MESSAGES_PER_MINUTE: '0',
        LATHE_STRIPE_SECRET_KEY: 'sk_test_0123456789abcdef',
        LATHE_STRIPE_PUBLISHABLE_KEY: 'pk_test_0123456789abcdef',
        LATHE_STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef0123456789abcdef',
        LATHE_STRIPE_API_URL: `http://127.0.0.1:${stripe.port}`,
      },
    };
  });
  let seller: Person;
  let contract: Json;
  let room: string;

  before(async () => {
    seller = await newPerson(lathe().api, 'producer');
    room = expectStatus(await seller.api.post('/chat/rooms', { title: 'Links' }), 201).id;
    contract = expectStatus(await lathe().api.root('GET', '/openapi.json'), 200);
  });
  after(() => Promise.all([inside.close(), stripe.close()]));

  const urls = (): string[] => HOSTS.flatMap((host) => ['http', 'https'].map((scheme) => `${scheme}://${host}:${inside.port}/inside.png`));

  /** What the contract calls an address, or might be taken for one. */
  function membersForAddresses(): string[] {
    const named = /url|website|link|image|cover|avatar|instagram|twitter|youtube|spotify|soundcloud|callback|redirect/;
    const bodies = Object.entries(contract.paths as Record<string, Json>).flatMap(([path, item]) => Object.entries(item as Record<string, Json>).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const));
    return bodies.flatMap(([name, operation]) => {
      const ref = operation.requestBody?.content?.['application/json']?.schema?.$ref;
      const members = Object.entries((ref ? contract.components.schemas[ref.split('/').at(-1)].properties : {}) as Record<string, Json>);
      return members.filter(([member, schema]) => named.test(member) && schema.format !== 'uuid' && schema.type !== 'boolean').map(([member]) => `${name} ${member}`);
    });
  }

  test('are those that this test writes, as the contract has them', () => {
    assert.deepEqual(membersForAddresses().sort(), [
      'PATCH /api/v1/me instagram', 'PATCH /api/v1/me soundcloud', 'PATCH /api/v1/me spotify', 'PATCH /api/v1/me twitter', 'PATCH /api/v1/me website', 'PATCH /api/v1/me youtube',
      'PATCH /api/v1/products/{key} images', 'PATCH /api/v1/products/{key} video_url',
      'POST /api/v1/orders/{order_id}/items/{line_id}/ship tracking_url', 'POST /api/v1/products images', 'POST /api/v1/products video_url',
    ]);
  });

  async function writeEverywhere(api: Api, url: string): Promise<void> {
    for (const name of ['website', 'instagram', 'twitter', 'youtube', 'spotify', 'soundcloud', 'bio']) await api.patch('/me', { [name]: url });
    const product = await makeProduct(seller, { description: `![picture](${url}) <img src="${url}"> ${url}` });
    await api.patch(`/products/${product.id}`, { video_url: url });
    await api.post('/products', productDraft({ images: [url] }));
    await api.post('/specs', specDraft({ description: `![picture](${url}) ${url}`, title: url.slice(0, 60) }));
    expectStatus(await api.post(`/chat/rooms/${room}/messages`, { text: `look: ${url}` }), 201);
    await api.root('GET', '/api/v1/specs', { headers: { referer: url, origin: url, 'x-forwarded-host': new URL('http://127.0.0.1').host, 'user-agent': url } });
  }

  test('are never called, in any spelling, by any way in', async () => {
    for (const url of urls()) await writeEverywhere(seller.api, url);
    // A picture and a recording that name one: playlists, SVG, XML, and a tag.
    const url = `http://127.0.0.1:${inside.port}/x`;
    const files = [
      `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${url}.ts\n#EXT-X-ENDLIST\n`,
      `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "${url}">]><svg xmlns="http://www.w3.org/2000/svg"><image href="${url}"/>&x;</svg>`,
      `ffconcat version 1.0\nfile ${url}\n`,
      `<?xml version="1.0"?><MPD><BaseURL>${url}</BaseURL></MPD>`,
    ];
    for (const text of files) {
      const { id } = expectStatus(await seller.api.post('/specs', specDraft()), 201);
      for (const slot of ['master', 'cover']) {
        const file = await upload(seller.api, slot, `x.${slot === 'master' ? 'wav' : 'png'}`, Buffer.from(text));
        await seller.api.put(`/specs/${id}/assets/${slot}`, { upload_id: file });
      }
      await eventually('both are refused', async () => {
        const spec = expectStatus(await seller.api.get(`/specs/${id}/processing`), 200);
        return spec.status === 'failed';
      }, { within_ms: 60_000 });
    }
    await settled(lathe());
    assert.deepEqual(inside.asked, []);
    for (const host of ['127.0.0.1', '[::1]']) await fetch(`http://${host}:${inside.port}/reachable`);
    assert.equal(inside.asked.length, 2, 'somebody inside can be called');
    inside.asked.length = 0;
  });

  test('are not reached by a redirect of the operator’s own target either', async () => {
    const spec = await publishSpec(seller, { licenses: [license('basic', 2000)] });
    const buyer = await newPerson(lathe().api);
    for (const status of [301, 302, 303, 307, 308]) {
      stripe.answer = { status, location: `http://127.0.0.1:${inside.port}/redirected` };
      stripe.asked.length = 0;
      const reply = await buyer.api.post('/orders', { items: [itemOf(spec, 'basic')], provider: 'stripe', terms_accepted: true });
      assert.ok(reply.status >= 400, reply.text);
      assert.ok(stripe.asked.length > 0, `Stripe was asked: ${reply.text}`);
    }
    assert.deepEqual(inside.asked, []);
  });
});
