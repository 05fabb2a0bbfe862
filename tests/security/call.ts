// SPDX-License-Identifier: AGPL-3.0-or-later
// One call of a route by somebody, with a body that the route takes: what is judged is who may, not what.
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { type Json } from '../lib/api.ts';
import { soon } from '../lib/auctions.ts';
import { ANY_ID, leastOf, requiredQuery } from '../lib/least.ts';
import type { Person } from '../lib/people.ts';
import { createUpload, uploadIdOf } from '../lib/sale.ts';
import type { Row } from './table.ts';
import type { World } from './world.ts';

const TUS = { 'tus-resumable': '1.0.0' };
const word = (text: string): string => Buffer.from(text).toString('base64');

type Sent = { body?: Json; raw?: string | Uint8Array; headers?: Record<string, string>; query?: Record<string, string> };
export type Answered = { status: number; code: string; text: string; headers: Headers };

let bids = 0;

const uploads = new WeakMap<Person, Promise<string>>();

/** An upload of the caller's own, not finished; the same each time. */
export function ownUpload(world: World, person: Person): Promise<string> {
  const create = async (): Promise<string> => uploadIdOf(await createUpload(world.lathe.api.as(person.tokens.access_token), 'master', 10));
  const id = uploads.get(person) ?? create();
  uploads.set(person, id);
  return id;
}

const useUpload = async (world: World, person: Person | undefined): Promise<Sent> => ({ body: { upload_id: person ? await ownUpload(world, person) : ANY_ID } });

/** What a route takes, where the least that its schema takes is not enough. */
const SENT: Record<string, (world: World, person: Person | undefined) => Sent | Promise<Sent>> = {
  'POST /api/v1/auth/register': () => ({ body: { email: `${randomUUID()}@example.org`, username: `u${randomUUID().slice(0, 8)}`, password: 'a long enough password' } }),
  'POST /api/v1/auth/login': (world) => ({ body: { login: world.people.customer.username, password: world.people.customer.password } }),
  'POST /api/v1/auth/refresh': (_, person) => ({ body: person ? { refresh_token: person.tokens.refresh_token } : {} }),
  'POST /api/v1/me/second-factor': (_, person) => ({ body: { password: person?.password ?? 'nothing at all' } }),
  'POST /api/v1/me/second-factor/recovery-codes': (_, person) => ({ body: { password: person?.password ?? 'nothing at all', code: '000000' } }),
  'DELETE /api/v1/me/second-factor': (_, person) => ({ body: { password: person?.password ?? 'nothing at all', code: '000000' } }),
  'POST /api/v1/auth/verify-email': (world) => ({ body: { email: world.people.customer.email, code: '000000' } }),
  'POST /api/v1/auth/resend-verification': (world) => ({ body: { email: world.people.customer.email } }),
  'POST /api/v1/auth/forgot-password': (world) => ({ body: { email: world.people.customer.email } }),
  'POST /api/v1/auth/reset-password': (world) => ({ body: { email: world.people.customer.email, code: '000000', password: 'another long password' } }),
  'PUT /api/v1/me/avatar': useUpload,
  'PUT /api/v1/specs/{key}/assets/{slot}': useUpload,
  'POST /api/v1/categories/bulk': async (world) => ({ body: { changes: [{ id: await world.object('category'), position: 1 }] } }),
  'POST /api/v1/auth/change-password': (_, person) => ({ body: { old_password: person?.password ?? 'nothing at all', new_password: person?.password ?? 'nothing at all' } }),
  'POST /api/v1/uploads': () => ({ headers: { ...TUS, 'upload-length': '10', 'upload-metadata': `filename ${word('a.wav')},purpose ${word('image')}` } }),
  'HEAD /api/v1/uploads/{upload_id}': () => ({ headers: TUS }),
  'DELETE /api/v1/uploads/{upload_id}': () => ({ headers: TUS }),
  'PATCH /api/v1/uploads/{upload_id}': () => ({ headers: { ...TUS, 'upload-offset': '5', 'content-type': 'application/offset+octet-stream' }, raw: new Uint8Array(5) }),
  'POST /api/v1/specs': () => ({ body: { title: 'Mine', category: 'beat' } }),
  'PATCH /api/v1/specs/{key}': () => ({ body: { title: 'Taken over' } }),
  'PUT /api/v1/specs/{key}/licenses': () => ({ body: { currency: 'USD', licenses: [{ type: 'basic', name: 'Mine', price: 100 }] } }),
  'POST /api/v1/specs/{key}/plays': () => ({ body: { seconds: 60 } }),
  'POST /api/v1/products': () => ({ body: { title: 'Mine', condition: 'good', currency: 'USD' } }),
  'PATCH /api/v1/products/{key}': () => ({ body: { title: 'Taken over' } }),
  'POST /api/v1/products/{key}/stock': () => ({ body: { kind: 'in', quantity: 1 } }),
  'POST /api/v1/categories': () => ({ body: { name: `Shelf ${randomUUID()}` } }),
  'PATCH /api/v1/categories/{key}': () => ({ body: { description: 'Changed' } }),
  'POST /api/v1/categories/{key}/move': () => ({ body: { parent_id: null } }),
  'POST /api/v1/orders': async (world) => ({ body: { items: [await world.offer()], provider: 'test', terms_accepted: true } }),
  'POST /api/v1/orders/{order_id}/payment': () => ({ body: { provider: 'test', terms_accepted: true } }),
  'POST /api/v1/payments/verify': async (world) => ({ body: { order_id: await world.object('bought'), outcome: 'succeed' } }),
  'PUT /api/v1/orders/{order_id}/address': () => ({ body: { name: 'A', line1: 'B', city: 'C', country: 'DE', postal_code: '07743' } }),
  'POST /api/v1/orders/{order_id}/items/{line_id}/ship': () => ({ body: { carrier: 'DHL', tracking_number: '1' } }),
  'POST /api/v1/auctions': async (world) => ({ body: { item_id: await world.object('product'), starting_price: 100, ends_at: soon(7_200_000) } }),
  'PATCH /api/v1/auctions/{auction_id}': () => ({ body: { starting_price: 200 } }),
  'POST /api/v1/auctions/{auction_id}/bids': () => ({ body: { amount: 100_000 + 10_000 * ++bids } }),
  'POST /api/v1/auctions/{auction_id}/relist': () => ({ body: { ends_at: soon(7_200_000) } }),
  'POST /api/v1/chat/direct': async (world) => ({ body: { account_id: await world.object('customer') } }),
  'POST /api/v1/chat/rooms': () => ({ body: { title: 'Mine' } }),
  'PATCH /api/v1/chat/rooms/{room_id}': () => ({ body: { topic: 'Taken over' } }),
  'POST /api/v1/chat/rooms/{room_id}/invitations': async (world) => ({ body: { account_id: await world.object('customer') } }),
  'POST /api/v1/chat/rooms/{room_id}/sanctions': async (world) => ({ body: { account_id: await world.object('customer'), kind: 'mute', duration: '1h' } }),
  'PUT /api/v1/chat/rooms/{room_id}/read': async (world) => ({ body: { message_id: await world.object('message') } }),
  'POST /api/v1/chat/rooms/{room_id}/typing': () => ({ body: { is_typing: true } }),
  'POST /api/v1/chat/reports/{report_id}/decision': () => ({ body: { decision: 'dismiss' } }),
  'POST /api/v1/webhooks/stripe': () => ({ raw: '{}', headers: { 'content-type': 'application/json', 'stripe-signature': 't=1,v1=00' } }),
  'POST /api/v1/notifications/unsubscribe': () => ({ raw: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
};

/** What stands in a path for a variable of which a row says nothing: nothing has it. */
const NOTHING: Record<string, string> = { slot: 'master', emoji: encodeURIComponent('👍'), word: 'nothing', file: 'index.m3u8', name: '64.jpg', sha256: '0'.repeat(64), kind: 'mp3', window: '1', signature: 'AAAA' };

async function fillPath(row: Row, world: World, made: Record<string, string>): Promise<string> {
  let path = row.path;
  for (const [, variable = ''] of row.path.matchAll(/\{([^}]+)\}/g)) {
    const object = row.objects[variable]?.replace('!', '');
    const value = made[variable] ?? (object === undefined ? (NOTHING[variable] ?? ANY_ID) : object.startsWith('~') ? object.slice(1) : await world.object(object));
    path = path.replace(`{${variable}}`, value);
  }
  return path;
}

/** GET /ws is answered by a handshake. */
function openSocket(url: URL, headers: Record<string, string>): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const upgrade = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol': 'lathe.v1' };
    const call = request(url, { headers: { ...headers, ...upgrade } });
    const answer = (status: number, found: NodeJS.Dict<string | string[]>): void => resolve({ status, code: '', text: '', headers: new Headers(Object.entries(found).map(([name, value]) => [name, String(value)] as [string, string])) });
    call.once('upgrade', (reply, socket) => (socket.destroy(), answer(101, reply.headers)));
    call.once('response', (reply) => (reply.resume(), answer(reply.statusCode ?? 0, reply.headers)));
    call.once('error', reject).end();
  });
}

/** `made`: what stands for variables of the path instead of the row's objects. */
export type Calling = { contract: Json; world: World; row: Row; person: Person | undefined; token: string | undefined; made: Record<string, string>; headers?: Record<string, string> };

export async function callRoute({ contract, world, row, person, token, made, headers: more }: Calling): Promise<Answered> {
  const operation = contract.paths[row.path][row.method.toLowerCase()];
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  const sent: Sent = (await SENT[row.name]?.(world, person)) ?? (schema ? { body: leastOf(contract, schema) } : {});
  const link = row.objects['link'] === undefined ? undefined : new URL(await world.object(row.objects['link']), world.lathe.origin);
  const url = new URL(link ? link.pathname + link.search : await fillPath(row, world, made), world.lathe.origin); // where it listens may have changed since
  for (const [name, value] of Object.entries(link ? {} : { ...requiredQuery(operation), ...sent.query })) url.searchParams.set(name, value);
  const headers: Record<string, string> = { ...sent.headers, ...more };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (row.method === 'POST') headers['idempotency-key'] = randomUUID();
  if (sent.body !== undefined) headers['content-type'] = 'application/json';
  if (row.path === '/ws') return openSocket(url, headers);
  const raw = sent.body === undefined ? sent.raw : JSON.stringify(sent.body);
  const stop = new AbortController();
  const reply = await fetch(url, { method: row.method, headers, redirect: 'manual', signal: stop.signal, ...(raw === undefined ? {} : { body: raw as NonNullable<RequestInit['body']> }) });
  const isStream = /event-stream/.test(reply.headers.get('content-type') ?? '');
  const text = isStream ? '' : await reply.text();
  if (isStream) stop.abort();
  const isProblem = text !== '' && /problem\+json/.test(reply.headers.get('content-type') ?? '');
  return { status: reply.status, code: isProblem ? JSON.parse(text).code : '', text, headers: reply.headers };
}
