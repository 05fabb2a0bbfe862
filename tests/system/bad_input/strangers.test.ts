// SPDX-License-Identifier: AGPL-3.0-or-later
// Every path of the contract that names something, called with an id of somebody else's: by another producer, by a listener and
// by nobody. None of them gets or changes anything.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type CallOptions, expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { ANY_ID, leastOf, requiredQuery } from '../../lib/least.ts';
import { expectNothingLeft, settled } from '../../lib/leftovers.ts';
import { newPerson, type Person, specDraft } from '../../lib/people.ts';
import { appendUpload, createUpload, licensesOf, paidOrder, publishedSpec, uploadIdOf } from '../../lib/sale.ts';

const TUS = { 'tus-resumable': '1.0.0' };

/** What belongs to everybody, so that an id of somebody else's is no secret; a block is the caller's own, whomever it names. */
const PUBLIC = new Set(['DELETE /api/v1/chat/blocks/{account_id}', 'GET /api/v1/users/{user}', 'GET /api/v1/users/{user}/specs', 'GET /api/v1/license-checks/{key}']);

/** What a route needs besides its path, where the least that its schema takes is not enough. */
const NEEDS: Record<string, CallOptions> = {
  'HEAD /api/v1/uploads/{upload_id}': { headers: TUS },
  'DELETE /api/v1/uploads/{upload_id}': { headers: TUS },
  'PATCH /api/v1/uploads/{upload_id}': {
    headers: { ...TUS, 'upload-offset': '5', 'content-type': 'application/offset+octet-stream' },
    raw: new Uint8Array(5),
  },
  'PATCH /api/v1/specs/{key}': { body: { title: 'Taken over' } },
  'PUT /api/v1/specs/{key}/licenses': { body: { currency: 'USD', licenses: [{ type: 'basic', name: 'Mine', price: 100 }] } },
  'PUT /api/v1/specs/{key}/assets/{slot}': { body: { upload_id: ANY_ID } },
  'POST /api/v1/specs/{key}/reports': { body: { reason: 'spam' } },
  'POST /api/v1/specs/{key}/plays': { body: { seconds: 60 } },
  'POST /api/v1/moderation/items/{key}/takedown': { body: { reason: 'because' } },
  'POST /api/v1/orders/{order_id}/refund': { body: {} },
  'POST /api/v1/chat/rooms/{room_id}/invitations': { body: { account_id: ANY_ID } },
  'POST /api/v1/chat/rooms/{room_id}/sanctions': { body: { account_id: ANY_ID, kind: 'mute' } },
};

type Target = { name: string; method: string; path: string; query: Record<string, string>; options: CallOptions };

eachEngine('ids of somebody else', (engine) => {
  const lathe = useLathe({ engine });
  let contract: Json;
  let owner: Person;
  let buyer: Person;
  let strangers: { who: string; token: string | null }[];
  let ids: Record<string, string>;

  before(async () => {
    contract = expectStatus(await lathe().api.root('GET', '/openapi.json'), 200);
    owner = await newPerson(lathe().api, 'producer');
    buyer = await newPerson(lathe().api);
    const producer = await newPerson(lathe().api, 'producer');
    const listener = await newPerson(lathe().api);
    strangers = [
      { who: 'another producer', token: producer.tokens.access_token },
      { who: 'a listener', token: listener.tokens.access_token },
      { who: 'nobody', token: null },
    ];
    const draft = expectStatus(await owner.api.post('/specs', specDraft()), 201);
    const sold = await publishedSpec(owner.api, 7);
    const order = await paidOrder(buyer.api, sold);
    const [license] = await licensesOf(buyer.api, order.id);
    const upload = uploadIdOf(await createUpload(owner.api, 'master', 10));
    expectStatus(await appendUpload(owner.api, upload, 0, new Uint8Array(5)), 204);
    const room = expectStatus(await owner.api.post('/chat/rooms', { kind: 'private', title: 'Ours' }), 201);
    const sessions = expectStatus(await owner.api.get('/me/sessions'), 200);
    ids = {
      key: draft.id,
      spec_id: draft.id,
      slot: 'master',
      user: owner.username,
      session_id: sessions.items[0].id,
      upload_id: upload,
      order_id: order.id,
      license_id: license.id,
      kind: 'mp3',
      file: 'index.m3u8',
      name: 'large.webp',
      asset_id: ANY_ID,
      sha256: '0'.repeat(64),
      rendition: ANY_ID,
      window: '1',
      signature: 'AAAA',
      number: '0',
      auction_id: ANY_ID,
      line_id: order.items[0].id,
      notification_id: ANY_ID,
      room_id: room.id,
      message_id: ANY_ID,
      account_id: ANY_ID,
      report_id: ANY_ID,
      emoji: encodeURIComponent('👍'),
      word: 'nothing',
    };
  });

  function targets(): Target[] {
    return Object.entries(contract.paths as Record<string, Json>)
      .filter(([path]) => path.includes('{'))
      .flatMap(([path, item]) =>
        Object.keys(item)
          .map((method) => `${method.toUpperCase()} ${path}`)
          .filter((name) => !name.startsWith('OPTIONS ') && !PUBLIC.has(name))
          .map((name) => {
            const [method = ''] = name.split(' ');
            const operation = item[method.toLowerCase()];
            const schema = operation.requestBody?.content?.['application/json']?.schema;
            const options = NEEDS[name] ?? (schema ? { body: leastOf(contract, schema) } : {});
            const filled = path.replaceAll(/\{([^}]+)\}/g, (_, variable: string) => {
              assert.ok(ids[variable], `give {${variable}} of ${path} an id`);
              return ids[variable];
            });
            return { name, method, path: filled, query: requiredQuery(operation), options };
          }),
      );
  }

  /** All that the calls could have changed, as its owners see it. */
  async function state(): Promise<Json> {
    const head = await owner.api.call('HEAD', `/uploads/${ids['upload_id']}`, { headers: TUS });
    const { items } = expectStatus(await owner.api.get('/me/sessions'), 200);
    return {
      draft: expectStatus(await owner.api.get(`/specs/${ids['key']}`), 200),
      order: expectStatus(await buyer.api.get(`/orders/${ids['order_id']}`), 200),
      license: expectStatus(await buyer.api.get(`/licenses/${ids['license_id']}`), 200),
      offset: head.headers.get('upload-offset'),
      sessions: items.map((session: Json) => session.id),
      ledger: expectStatus(await owner.api.get('/me/ledger'), 200),
    };
  }

  test('nobody gets or changes anything', async () => {
    const all = targets();
    assert.ok(all.length >= 25, 'the contract names things');
    await settled(lathe());
    const earlier = await state();
    const wrong: string[] = [];
    await expectNothingLeft(lathe(), async () => {
      for (const { who, token } of strangers) {
        for (const { name, method, path, query, options } of all) {
          const search = new URLSearchParams(query).toString();
          const reply = await lathe().api.root(method, search ? `${path}?${search}` : path, { ...options, token });
          const refused = token === null ? [401, 403, 404] : [403, 404];
          if (!refused.includes(reply.status)) wrong.push(`${who}: ${name} → ${reply.status} ${reply.text.slice(0, 160)}`);
        }
      }
    });
    assert.deepEqual(wrong, []);
    assert.deepEqual(await state(), earlier);
    const { code, output } = await lathe().run(['check']);
    assert.equal(code, 0, output);
  });
});
