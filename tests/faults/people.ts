// SPDX-License-Identifier: AGPL-3.0-or-later
// What the people of a world do: producers upload and publish, buyers order, pay and download; each step is repeated until it is
// answered, and each answer is noted.
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { expectStatus, type Json } from '../lib/api.ts';
import { specDraft } from '../lib/people.ts';
import { appendUpload, createUpload, licensesOf, orderOf, sha256, uploadHead, uploadIdOf, uploadOffset, wav } from '../lib/sale.ts';
import { eventually } from '../lib/wait.ts';
import type { World } from './world.ts';

export type Account = { id: string; token: string; username: string };

const PARTS = 4;
const FINISH_MS = 240_000;
const password = 'a long enough password';

/** Registers somebody. A registration whose reply was lost exists, so the log-in finds it. */
export async function register(world: World, role: 'listener' | 'producer' | 'seller'): Promise<Account> {
  const username = `${role}${randomBytes(6).toString('hex')}`;
  const person = { email: `${username}@example.org`, username, password, role };
  let reply = await world.ask(undefined, (api) => api.post('/auth/register', person));
  if (reply.status === 409) reply = await world.ask(undefined, (api) => api.post('/auth/login', { login: username, password }));
  else assert.equal(reply.status, 201, reply.text);
  const account = { id: reply.body.user.id as string, token: reply.body.access_token as string, username };
  world.acknowledge(`account ${username}`, async () => {
    assert.equal(expectStatus(await world.api(account.token).get('/me'), 200).id, account.id);
  });
  return account;
}

/** Uploads in parts; after each kill the client asks for the offset, as tus clients do. */
async function uploadInParts(world: World, owner: Account, bytes: Buffer): Promise<string> {
  const created = await world.ask(owner.token, (api) => createUpload(api, 'master', bytes.length));
  expectStatus(created, 201);
  const id = uploadIdOf(created);
  const what = `upload ${id}`;
  let acknowledged = 0;
  const check = async (): Promise<void> => {
    const offset = await uploadOffset(world.api(owner.token), id);
    assert.ok(offset >= acknowledged && offset <= bytes.length, `at ${offset}, acknowledged were ${acknowledged}`);
  };
  world.acknowledge(what, check);
  while (acknowledged < bytes.length) {
    const reply = await world.ask(owner.token, async (api) => {
      const head = await uploadHead(api, id);
      if (head.status !== 200) return head;
      const offset = Number(head.headers.get('upload-offset'));
      assert.ok(offset >= acknowledged, `at ${offset}, acknowledged were ${acknowledged}`);
      const part = bytes.subarray(offset, Math.min(offset + Math.ceil(bytes.length / PARTS), bytes.length));
      return part.length === 0 ? api.get('/me') : appendUpload(api, id, offset, part);
    });
    assert.ok([200, 204].includes(reply.status), reply.text);
    acknowledged = reply.status === 200 ? bytes.length : Number(reply.headers.get('upload-offset'));
    world.acknowledge(what, check);
  }
  return id;
}

async function createSpec(world: World, owner: Account): Promise<Json> {
  const key = randomUUID();
  const draft = specDraft({ licenses: [{ type: 'premium', name: 'Premium', price: 1000 + Math.floor(world.random() * 5000), features: [], file_types: ['mp3', 'wav'] }] });
  const spec = expectStatus(await world.ask(owner.token, (api) => api.post('/specs', draft, { key })), 201);
  world.acknowledge(`spec ${spec.id}`, async () => {
    const api = world.api(owner.token);
    assert.equal(expectStatus(await api.get(`/specs/${spec.id}`), 200).title, draft.title);
    const again = expectStatus(await api.post('/specs', draft, { key }), 201);
    assert.equal(again.id, spec.id, 'the same key made another spec');
  });
  return spec;
}

async function attach(world: World, owner: Account, spec: Json, upload: string): Promise<void> {
  const reply = await world.ask(owner.token, (api) => api.put(`/specs/${spec.id}/assets/master`, { upload_id: upload }));
  // An attachment whose reply was lost has used the upload up; then the spec has it.
  if (reply.body?.code !== 'media.upload_used') expectStatus(reply, 202);
  world.forget(`upload ${upload}`);
  world.acknowledge(`master of ${spec.id}`, async () => {
    const state = expectStatus(await world.api(owner.token).get(`/specs/${spec.id}/processing`), 200);
    assert.equal(state.assets.length, 1);
    assert.notEqual(state.status, 'failed', JSON.stringify(state));
  });
}

/** Sound takes its time from the end of the kills on: on a busy machine no life between two of them is long enough for it. */
async function finishProcessing(world: World, owner: Account, spec: Json): Promise<void> {
  for (let kills = -1; kills !== world.kills; ) {
    kills = world.kills;
    const error = await processed(world, owner, spec).then(() => undefined, (reason: unknown) => reason);
    if (error === undefined) return;
    if (world.isOver || kills === world.kills) throw error;
  }
}

async function processed(world: World, owner: Account, spec: Json): Promise<void> {
  await eventually(
    `the sound of ${spec.id} is processed`,
    async () => {
      const state = expectStatus(await world.ask(owner.token, (api) => api.get(`/specs/${spec.id}/processing`)), 200);
      assert.notEqual(state.status, 'failed', JSON.stringify(state));
      return state.status === 'ready';
    },
    { within_ms: FINISH_MS, every_ms: 150 },
  );
}

/** From nothing to a published recording. */
export async function publishOne(world: World, owner: Account, shop: Json[]): Promise<void> {
  const upload = await uploadInParts(world, owner, wav(Math.floor(world.random() * 1e9), 5));
  const spec = await createSpec(world, owner);
  await attach(world, owner, spec, upload);
  await finishProcessing(world, owner, spec);
  const published = expectStatus(await world.ask(owner.token, (api) => api.post(`/specs/${spec.id}/publish`)), 200);
  world.acknowledge(`published ${spec.id}`, async () => {
    assert.equal(expectStatus(await world.api().get(`/specs/${spec.id}`), 200).status, 'published');
  });
  shop.push({ ...published, owner });
}

/** The seller's ledger has this sale exactly once. */
async function checkLedger(world: World, seller: Account, order: string): Promise<void> {
  let cursor: string | undefined;
  let sales = 0;
  do {
    const page = expectStatus(await world.api(seller.token).get('/me/ledger', { query: { limit: 100, cursor } }), 200);
    sales += page.items.filter((line: Json) => line.order_id === order && line.what === 'sale_gross').length;
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  assert.equal(sales, 1, `sales of ${order} in the ledger`);
}

async function checkPaid(world: World, buyer: Account, spec: Json, order: Json): Promise<void> {
  const api = world.api(buyer.token);
  assert.equal(expectStatus(await api.get(`/orders/${order.id}`), 200).status, 'paid');
  const licenses = await licensesOf(api, order.id);
  assert.deepEqual(licenses.map((license) => [license.spec_id, license.is_active]), [[spec.id, true]]);
  await checkLedger(world, spec.owner, order.id);
  const again = expectStatus(await api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 200);
  assert.deepEqual([again.id, again.status], [order.id, 'paid']);
}

async function download(world: World, buyer: Account, license: Json): Promise<void> {
  const list = expectStatus(await world.ask(buyer.token, (api) => api.get(`/licenses/${license.id}/downloads`)), 200);
  assert.deepEqual(list.files.map((file: Json) => file.kind).sort(), ['mp3', 'wav']);
  for (const file of list.files) {
    const path = new URL(file.url).pathname + new URL(file.url).search;
    const hash = await world.bytes(buyer.token, path).then(sha256);
    assert.equal(hash, file.sha256, `the ${file.kind} of ${license.id} has other bytes than promised`);
  }
}

/** From nothing to the files of a licence; some people change their mind before they pay, some are declined. */
export async function buyOne(world: World, shop: Json[]): Promise<void> {
  const spec = world.pick(shop);
  const buyer = await register(world, 'listener');
  const key = randomUUID();
  const body = orderOf(spec);
  const order = expectStatus(await world.ask(buyer.token, (api) => api.post('/orders', body, { key })), 201);
  const what = `order ${order.id}`;
  world.acknowledge(what, async () => {
    const api = world.api(buyer.token);
    const seen = expectStatus(await api.get(`/orders/${order.id}`), 200);
    assert.deepEqual(seen.total, order.total);
    assert.equal(expectStatus(await api.post('/orders', body, { key }), 201).id, order.id, 'the same key made another order');
    assert.equal(expectStatus(await api.get('/orders'), 200).items.length, 1, 'there is one order, however often it was sent');
  });
  const chance = world.random();
  if (chance < 0.1) return;
  const outcome = chance < 0.2 ? 'fail' : 'succeed';
  const paid = await world.ask(buyer.token, (api) => api.post('/payments/verify', { order_id: order.id, outcome }));
  if (outcome === 'fail') {
    assert.ok([200, 409].includes(paid.status), paid.text);
    world.acknowledge(`declined ${order.id}`, async () => {
      const api = world.api(buyer.token);
      assert.notEqual(expectStatus(await api.get(`/orders/${order.id}`), 200).status, 'paid');
      assert.deepEqual(await licensesOf(api, order.id), []);
    });
    return;
  }
  assert.equal(expectStatus(paid, 200).status, 'paid');
  world.acknowledge(`paid ${order.id}`, () => checkPaid(world, buyer, spec, order));
  const licenses = expectStatus(await world.ask(buyer.token, (api) => api.get('/licenses')), 200).items;
  assert.equal(licenses.length, 1);
  await download(world, buyer, licenses[0]);
}
