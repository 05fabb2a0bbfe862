// SPDX-License-Identifier: AGPL-3.0-or-later
// A shop to buy in: recordings that went through the real pipeline, buyers, orders, and what `lathe check` says in the end.
import assert from 'node:assert/strict';
import { type Api, expectStatus, type Json } from './api.ts';
import type { Lathe, Settings } from './lathe.ts';
import { newPerson, type Person, specDraft } from './people.ts';
import { eventually } from './wait.ts';

/** Settings for tests with many people and calls. */
export const shopSettings: Settings = { LATHE_BCRYPT_COST: '4', LATHE_RATE_LIMITS: 'off', LATHE_JOBS_POLL: '50ms' };

/** A WAV of 16 bits with two notes that no other seed has. */
export function makeWav(seed = 1, seconds = 2): Buffer {
  const rate = 44100;
  const frames = Math.round(rate * seconds);
  const wav = Buffer.alloc(44 + frames * 4);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(36 + frames * 4, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(2, 22);
  wav.writeUInt32LE(rate, 24);
  wav.writeUInt32LE(rate * 4, 28);
  wav.writeUInt16LE(4, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(frames * 4, 40);
  for (let i = 0; i < frames; i++) {
    const t = i / rate;
    const left = Math.sin(2 * Math.PI * (180 + 13 * seed) * t) * 9000 + Math.sin(2 * Math.PI * 31 * seed * t) * 4000;
    wav.writeInt16LE(Math.round(left), 44 + i * 4);
    wav.writeInt16LE(Math.round(left * 0.8), 46 + i * 4);
  }
  return wav;
}

/** Uploads bytes by tus (creation-with-upload); returns the upload's id. */
export async function upload(api: Api, purpose: string, fileName: string, bytes: Buffer): Promise<string> {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  const reply = await api.post('/uploads', undefined, {
    raw: bytes,
    key: null,
    headers: {
      'tus-resumable': '1.0.0',
      'upload-length': String(bytes.length),
      'upload-metadata': `filename ${encode(fileName)},purpose ${encode(purpose)}`,
      'content-type': 'application/offset+octet-stream',
    },
  });
  expectStatus(reply, 201);
  return (reply.headers.get('location') ?? '').split('/').pop() ?? '';
}

export type Spec = { id: string; title: string; seller: Person; option: (type: string) => Json; view: Json; wav: Buffer };

let seeds = 0;

/** A published recording of the seller, with these licence options; of a sound that no other has unless it is given. */
export async function publishSpec(seller: Person, more: Json = {}, wav = makeWav(++seeds)): Promise<Spec> {
  const { id } = expectStatus(await seller.api.post('/specs', specDraft(more)), 201);
  const uploadId = await upload(seller.api, 'master', 'master.wav', wav);
  expectStatus(await seller.api.put(`/specs/${id}/assets/master`, { upload_id: uploadId }), 202);
  await eventually(
    'the master is processed',
    async () => {
      const processing = expectStatus(await seller.api.get(`/specs/${id}/processing`), 200);
      assert.notEqual(processing.status, 'failed', JSON.stringify(processing));
      return processing.status === 'ready';
    },
    { within_ms: 120_000, every_ms: 100 },
  );
  const view = await eventually('it is published', async () => {
    const reply = await seller.api.post(`/specs/${id}/publish`);
    return reply.status === 409 ? undefined : expectStatus(reply, 200); // what was analysed arrives by an event
  });
  const option = (type: string): Json => {
    const found = view.licenses.find((license: Json) => license.type === type);
    assert.ok(found, `the spec has no ${type} licence`);
    return found;
  };
  return { id, title: view.title, seller, option, view, wav };
}

export function license(type: string, price: number, file_types: string[] = ['mp3']): Json {
  return { type, name: `${type} licence`, price, features: [`What ${type} has`], file_types };
}

export function itemOf(spec: Spec, type: string): Json {
  return { spec_id: spec.id, license_option_id: spec.option(type).id };
}

/** Orders one licence; the reply's body. */
export async function placeOrder(buyer: Person, items: Json[], more: Json = {}): Promise<Json> {
  return expectStatus(await buyer.api.post('/orders', { items, provider: 'test', terms_accepted: true, ...more }), 201);
}

/** Orders and pays by the test provider; the paid order. */
export async function buy(buyer: Person, items: Json[]): Promise<Json> {
  const order = await placeOrder(buyer, items);
  return expectStatus(await buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 200);
}

export const newBuyer = (lathe: Lathe): Promise<Person> => newPerson(lathe.api, 'listener');
export const newSeller = (lathe: Lathe): Promise<Person> => newPerson(lathe.api, 'producer');

/** Every check of the program holds. */
export async function expectSound(lathe: Lathe): Promise<void> {
  const { code, output } = await lathe.run(['check']);
  assert.equal(code, 0, `lathe check:\n${output}`);
}

/** Buyers by the dozen, a few at a time. */
export async function newBuyers(lathe: Lathe, count: number): Promise<Person[]> {
  const buyers: Person[] = [];
  while (buyers.length < count) {
    const batch = Math.min(10, count - buyers.length);
    buyers.push(...(await Promise.all(Array.from({ length: batch }, () => newBuyer(lathe)))));
  }
  return buyers;
}
