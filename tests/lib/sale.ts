// SPDX-License-Identifier: AGPL-3.0-or-later
// The steps of a sale, one call each, so that a test can repeat, cut off or vary any of them.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { type Api, type CallOptions, expectStatus, type Json, type Reply } from './api.ts';
import { specDraft } from './people.ts';
import { eventually } from './wait.ts';

const RATE = 44_100;

/** A WAV of 16 bits and two channels: a chord with a beat, another one for each seed, so that no two are taken for copies. */
export function wav(seed: number, seconds = 5): Buffer {
  const frames = Math.round(RATE * seconds);
  const bytes = Buffer.alloc(44 + frames * 4);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(RATE, 24);
  bytes.writeUInt32LE(RATE * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(frames * 4, 40);
  let state = seed * 2_654_435_761 + 1;
  const random = (): number => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
  const tones = Array.from({ length: 8 }, () => Array.from({ length: 3 }, () => 110 * 2 ** (Math.floor(random() * 36) / 12)));
  for (let frame = 0; frame < frames; frame++) {
    const second = frame / RATE;
    const chord = tones[Math.floor(second * 2) % tones.length] ?? [];
    const decay = Math.exp(-3 * ((second * 2) % 1));
    const sum = chord.reduce((level, tone) => level + Math.sin(2 * Math.PI * tone * second), 0);
    const value = Math.round(sum * decay * 8_000);
    bytes.writeInt16LE(value, 44 + frame * 4);
    bytes.writeInt16LE(value, 46 + frame * 4);
  }
  return bytes;
}

const TUS = { 'tus-resumable': '1.0.0' };

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function createUpload(api: Api, purpose: string, length: number, more: Record<string, string> = {}, key?: string, signal?: AbortSignal): Promise<Reply> {
  const word = (text: string): string => Buffer.from(text).toString('base64');
  const headers = {
    ...TUS,
    'upload-length': String(length),
    'upload-metadata': `filename ${word(`${purpose}.bin`)},purpose ${word(purpose)}`,
    ...more,
  };
  return api.call('POST', '/uploads', { headers, ...(key === undefined ? {} : { key }), ...(signal ? { signal } : {}) });
}

export function uploadIdOf(reply: Reply): string {
  const location = reply.headers.get('location') ?? '';
  const id = location.split('/').at(-1) ?? '';
  assert.match(id, /^[0-9a-f-]{36}$/, `no upload in ${location}`);
  return id;
}

export function appendUpload(api: Api, id: string, offset: number, bytes: Uint8Array, options: CallOptions = {}): Promise<Reply> {
  const headers = { ...TUS, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', ...options.headers };
  return api.call('PATCH', `/uploads/${id}`, { ...options, headers, raw: bytes });
}

export function uploadHead(api: Api, id: string): Promise<Reply> {
  return api.call('HEAD', `/uploads/${id}`, { headers: TUS });
}

/** How far an upload has come. */
export async function uploadOffset(api: Api, id: string): Promise<number> {
  const reply = await uploadHead(api, id);
  assert.equal(reply.status, 200);
  return Number(reply.headers.get('upload-offset'));
}

export async function upload(api: Api, purpose: string, bytes: Uint8Array): Promise<string> {
  const created = await createUpload(api, purpose, bytes.length);
  expectStatus(created, 201);
  const id = uploadIdOf(created);
  expectStatus(await appendUpload(api, id, 0, bytes), 204);
  return id;
}

/** Waits until every file of the spec is processed; gives the last state. */
export async function processed(api: Api, spec: string, within_ms = 120_000): Promise<Json> {
  return eventually(
    `files of ${spec} are processed`,
    async () => {
      const state = expectStatus(await api.get(`/specs/${spec}/processing`), 200);
      return ['ready', 'failed'].includes(state.status) && state;
    },
    { within_ms, every_ms: 100 },
  );
}

/** A spec with its sound, published. */
export async function publishedSpec(api: Api, seed: number, draft: Json = {}): Promise<Json> {
  const spec = expectStatus(await api.post('/specs', specDraft(draft)), 201);
  const master = await upload(api, 'master', wav(seed));
  expectStatus(await api.put(`/specs/${spec.id}/assets/master`, { upload_id: master }), 202);
  const state = await processed(api, spec.id);
  assert.equal(state.status, 'ready', JSON.stringify(state));
  return expectStatus(await api.post(`/specs/${spec.id}/publish`), 200);
}

export function orderOf(spec: Json, option = 0): Json {
  return { items: [{ spec_id: spec.id, license_option_id: spec.licenses[option].id }], provider: 'test' };
}

/** An order of one licence, paid with the test provider. */
export async function paidOrder(api: Api, spec: Json, option = 0): Promise<Json> {
  const order = expectStatus(await api.post('/orders', orderOf(spec, option)), 201);
  return expectStatus(await api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 200);
}

/** The licences of an order, by the buyer. */
export async function licensesOf(api: Api, order: string): Promise<Json[]> {
  const page = expectStatus(await api.get('/licenses', { query: { limit: 100 } }), 200);
  return page.items.filter((license: Json) => license.order_id === order);
}
