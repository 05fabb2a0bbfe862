// SPDX-License-Identifier: AGPL-3.0-or-later
// Recordings, pictures and archives for tests, and the way of an upload to a processed file.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflateRawSync, deflateSync, crc32 as zlibCrc32 } from 'node:zlib';
import { type Api, expectStatus, type Json } from './api.ts';
import { temporaryFolder } from './paths.ts';
import { type Person, specDraft } from './people.ts';
import { eventually } from './wait.ts';

export type Purpose = 'master' | 'stems' | 'cover' | 'avatar' | 'image';
export const TUS = { 'tus-resumable': '1.0.0' };
export const BYTES = { ...TUS, 'content-type': 'application/offset+octet-stream' };

export function metadata(pairs: Record<string, string>): string {
  return Object.entries(pairs).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`).join(',');
}

// --- files ---

/** A chord that moves, so that every second differs from the others; 16 bits, 44.1 kHz, stereo. */
export function makeWav(seconds: number, seed = 1): Buffer {
  const rate = 44_100;
  const frames = Math.round(seconds * rate);
  const wav = Buffer.alloc(44 + frames * 4);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
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
    const root = 110 * (1 + ((Math.floor(t) + seed) % 7) / 12);
    const left = Math.sin(2 * Math.PI * root * t) + 0.5 * Math.sin(2 * Math.PI * root * 1.5 * t);
    const right = Math.sin(2 * Math.PI * root * 1.25 * t) + 0.3 * Math.sin(2 * Math.PI * (root * 2 + seed) * t);
    wav.writeInt16LE(Math.round(left * 9000), 44 + i * 4);
    wav.writeInt16LE(Math.round(right * 9000), 46 + i * 4);
  }
  return wav;
}

function crc32(data: Buffer): number {
  if (typeof zlibCrc32 === 'function') return zlibCrc32(data);
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A picture of random tiles; its header may say another size. */
export function makePng(side: number, claimed = side): Buffer {
  const rows = Buffer.alloc(side * (1 + side * 3));
  const tile = randomBytes(64 * 3);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) tile.copy(rows, y * (1 + side * 3) + 1 + x * 3, (((x >> 4) + (y >> 4)) % 64) * 3, (((x >> 4) + (y >> 4)) % 64) * 3 + 3);
  }
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    body.copy(framed, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  head.writeUInt32BE(claimed, 0);
  head.writeUInt32BE(claimed, 4);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A zip archive; an entry may claim another unpacked size. */
export function makeZip(entries: { name: string; data: Buffer; claimed?: number }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, data, claimed } of entries) {
    const packed = deflateRawSync(data);
    const bytes = Buffer.from(name);
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x800, 2);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt16LE(0x21, 8);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(claimed ?? data.length, 18);
    facts.writeUInt16LE(bytes.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), facts, bytes, packed);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), facts, tail, bytes);
    offset += 4 + facts.length + bytes.length + packed.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}

/** Runs ffmpeg; gives what it wrote to stderr. */
export async function ffmpeg(args: string[]): Promise<string> {
  const done = await promisify(execFile)('ffmpeg', ['-hide_banner', '-nostdin', '-y', ...args], { maxBuffer: 64 << 20 });
  return done.stderr;
}

/** The recording in another format, by ffmpeg's options for its output. */
export async function convert(wav: Buffer, extension: string, options: string[]): Promise<Buffer> {
  const folder = await temporaryFolder('convert');
  try {
    const from = join(folder.path, 'from.wav');
    const to = join(folder.path, `to.${extension}`);
    await writeFile(from, wav);
    await ffmpeg(['-i', from, ...options, to]);
    return await readFile(to);
  } finally {
    await folder.remove();
  }
}

/** Silence as FLAC: hours of it are a few hundred kilobytes. */
export async function silence(seconds: number): Promise<Buffer> {
  const folder = await temporaryFolder('silence');
  try {
    const file = join(folder.path, 'silence.flac');
    await ffmpeg(['-f', 'lavfi', '-i', 'anullsrc=r=8000:cl=mono', '-t', String(seconds), '-compression_level', '0', file]);
    return await readFile(file);
  } finally {
    await folder.remove();
  }
}

// --- uploads ---

/** One whole upload; gives its id. */
export async function upload(api: Api, purpose: Purpose, bytes: Uint8Array, filename = 'file.bin'): Promise<string> {
  const reply = await api.post('/uploads', undefined, {
    key: null,
    raw: bytes,
    headers: { ...BYTES, 'upload-length': String(bytes.length), 'upload-metadata': metadata({ purpose, filename }) },
  });
  expectStatus(reply, 201);
  assert.equal(reply.headers.get('upload-offset'), String(bytes.length));
  return uploadId(reply.headers.get('location'));
}

export function uploadId(location: string | null): string {
  const id = /[0-9a-f-]{36}$/.exec(location ?? '')?.[0];
  assert.ok(id, `no upload's address: ${location}`);
  return id;
}

// --- processing ---

/** Puts the bytes into a new spec's slot and waits until they are ready or refused. */
export async function process(person: Person, slot: 'master' | 'stems' | 'cover', bytes: Uint8Array, filename?: string): Promise<Json> {
  const spec = expectStatus(await person.api.post('/specs', specDraft()), 201);
  const id = await upload(person.api, slot, bytes, filename);
  expectStatus(await person.api.put(`/specs/${spec.id}/assets/${slot}`, { upload_id: id }), 202);
  return { spec, asset: await processed(person.api, spec.id, slot) };
}

/** What became of a spec's file. */
export function processed(api: Api, spec: string, slot: string): Promise<Json> {
  return eventually(
    `${slot} is processed`,
    async () => {
      const view = expectStatus(await api.get(`/specs/${spec}/processing`), 200);
      const asset = view.assets.find((each: Json) => each.slot === slot);
      return /^(ready|failed)$/.test(asset?.status) && asset;
    },
    { within_ms: 120_000, every_ms: 100 },
  );
}
