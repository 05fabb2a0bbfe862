// SPDX-License-Identifier: AGPL-3.0-or-later
// Resumable uploads as clients make them, well and badly (STO-09, STO-10; tus 1.0).
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import * as tus from 'tus-js-client';
import { type Api, expectProblem, expectStatus, expectViolations } from '../../lib/api.ts';
import { eachEngine, type Lathe, useLathe } from '../../lib/lathe.ts';
import { expectNothingLeft, settled } from '../../lib/leftovers.ts';
import { BYTES, metadata, TUS, upload, uploadId } from '../../lib/media.ts';
import { binary, withoutFaults as skip } from '../../lib/paths.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { eventually } from '../../lib/wait.ts';

const SETTINGS = { LATHE_BCRYPT_COST: '5', LATHE_RATE_SCALE: '100000' };

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The stored file of that content, or undefined. */
function stored(lathe: Lathe, bytes: Uint8Array): Buffer | undefined {
  const hash = sha256(bytes);
  const path = join(lathe.data, 'media/blobs', hash.slice(0, 2), hash.slice(2, 4), hash);
  return existsSync(path) ? readFileSync(path) : undefined;
}

function staged(lathe: Lathe): string[] {
  return readdirSync(join(lathe.data, 'media/staging'));
}

async function create(api: Api, length: number, more: Record<string, string> = {}): Promise<string> {
  const headers = { ...TUS, 'upload-length': String(length), 'upload-metadata': metadata({ purpose: 'master' }), ...more };
  const reply = await api.post('/uploads', undefined, { key: null, headers });
  expectStatus(reply, 201);
  assert.ok(Date.parse(reply.headers.get('upload-expires') ?? '') > Date.now());
  return uploadId(reply.headers.get('location'));
}

function patch(api: Api, id: string, offset: number, raw: Uint8Array, more: Record<string, string> = {}) {
  return api.patch(`/uploads/${id}`, undefined, { raw, headers: { ...BYTES, 'upload-offset': String(offset), ...more } });
}

async function offsetOf(api: Api, id: string): Promise<number> {
  const reply = await api.call('HEAD', `/uploads/${id}`, { headers: TUS });
  expectStatus(reply, 200);
  assert.equal(reply.headers.get('cache-control'), 'no-store');
  return Number(reply.headers.get('upload-offset'));
}

/** Sends a request's head and some of its bytes, then cuts the connection. */
function sendAndCut(lathe: Lathe, person: Person, id: string, bytes: Buffer, sent: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: lathe.port, host: '127.0.0.1' }, () => {
      socket.write(
        `PATCH /api/v1/uploads/${id} HTTP/1.1\r\nHost: 127.0.0.1:${lathe.port}\r\nAuthorization: Bearer ${person.tokens.access_token}\r\n` +
          `Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      );
      socket.write(bytes.subarray(0, sent), () => socket.end());
    });
    socket.once('error', reject);
    socket.once('close', () => resolve());
    socket.resume();
  });
}

eachEngine('uploads', (engine) => {
  const lathe = useLathe({ engine, settings: SETTINGS });
  const someone = (): Promise<Person> => newPerson(lathe().api, 'producer');

  test('the server says what it can', async () => {
    const reply = await lathe().api.call('OPTIONS', '/uploads');
    expectStatus(reply, 204);
    expectStatus(await lathe().api.call('OPTIONS', '/uploads/01890000-0000-7000-8000-000000000000'), 204);
    assert.equal(reply.headers.get('tus-version'), '1.0.0');
    assert.equal(
      reply.headers.get('tus-extension'),
      'creation,creation-with-upload,expiration,checksum,termination,concatenation',
    );
    assert.equal(reply.headers.get('tus-checksum-algorithm'), 'sha1,sha256,sha512');
    assert.equal(reply.headers.get('tus-max-size'), String(4 * 1024 ** 3));
  });

  test('an upload is stored byte for byte', async () => {
    const { api } = await someone();
    const bytes = randomBytes(1_000_003);
    const id = await upload(api, 'master', bytes, 'beat.wav');
    const head = await api.call('HEAD', `/uploads/${id}`, { headers: TUS });
    assert.equal(head.headers.get('upload-length'), String(bytes.length));
    assert.equal(head.headers.get('upload-offset'), String(bytes.length));
    assert.equal(head.headers.get('upload-metadata'), metadata({ purpose: 'master', filename: 'beat.wav' }));
    assert.ok(stored(lathe(), bytes)?.equals(bytes));
  });

  test('tus-js-client sends in pieces, goes on after a break, and in parallel', async () => {
    const { tokens } = await someone();
    const common = {
      endpoint: `${lathe().origin}/api/v1/uploads`,
      headers: { authorization: `Bearer ${tokens.access_token}` },
      metadata: { purpose: 'stems', filename: 'stems.zip' },
      retryDelays: [0, 50, 100],
    };
    const run = (bytes: Buffer, options: Partial<tus.UploadOptions>): Promise<string> =>
      new Promise((resolve, reject) => {
        const each = new tus.Upload(bytes, { ...common, ...options, onError: reject, onSuccess: () => resolve(each.url ?? '') });
        each.start();
      });
    const whole = randomBytes(3_000_000);
    await run(whole, { chunkSize: 700_000 });
    assert.ok(stored(lathe(), whole)?.equals(whole));

    const broken = randomBytes(3_000_000);
    const url = await new Promise<string>((resolve, reject) => {
      const first = new tus.Upload(broken, {
        ...common,
        chunkSize: 500_000,
        onError: reject,
        onChunkComplete: (_size, accepted) => {
          if (accepted >= 1_000_000) first.abort().then(() => resolve(first.url ?? ''), reject);
        },
      });
      first.start();
    });
    const partly = await fetch(url, { method: 'HEAD', headers: { ...TUS, ...common.headers } });
    assert.equal(Number(partly.headers.get('upload-offset')) % 500_000, 0);
    await run(broken, { uploadUrl: url });
    assert.ok(stored(lathe(), broken)?.equals(broken));

    const parallel = randomBytes(4_000_001);
    await run(parallel, { parallelUploads: 4 });
    assert.ok(stored(lathe(), parallel)?.equals(parallel));
    await eventually('the parts are gone', () => staged(lathe()).length === 0);
  });

  test('what came before the connection broke is kept', async () => {
    const person = await someone();
    const bytes = randomBytes(2_000_000);
    const id = await create(person.api, bytes.length);
    await sendAndCut(lathe(), person, id, bytes, 1_234_567);
    const offset = await eventually('what came is acknowledged', () => offsetOf(person.api, id));
    assert.equal(offset, 1_234_567);
    expectStatus(await patch(person.api, id, offset, bytes.subarray(offset)), 204);
    assert.ok(stored(lathe(), bytes)?.equals(bytes));
  });

  test('a checksum is checked, and what fails it leaves nothing', async () => {
    const { api } = await someone();
    const bytes = randomBytes(100_000);
    const id = await create(api, bytes.length);
    const digest = (algorithm: string, of: Buffer): Record<string, string> => ({
      'upload-checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
    });
    const wrong = await patch(api, id, 0, bytes.subarray(0, 50_000), digest('sha1', bytes));
    expectProblem(wrong, 460, 'media.upload_checksum');
    assert.equal(wrong.headers.get('tus-resumable'), '1.0.0');
    assert.equal(await offsetOf(api, id), 0);
    const unknown = { 'upload-checksum': 'crc32 AAAAAA==' };
    expectProblem(await patch(api, id, 0, bytes, unknown), 400, 'media.upload_header');
    expectStatus(await patch(api, id, 0, bytes.subarray(0, 50_000), digest('sha256', bytes.subarray(0, 50_000))), 204);
    expectStatus(await patch(api, id, 50_000, bytes.subarray(50_000), digest('sha512', bytes.subarray(50_000))), 204);
    assert.ok(stored(lathe(), bytes)?.equals(bytes));
  });

  test('each rule of the protocol that a request breaks is named', async () => {
    const { api } = await someone();
    const id = await create(api, 10);
    const ten = Buffer.from('0123456789');
    const post = (headers: Record<string, string>, raw?: Uint8Array) =>
      api.post('/uploads', undefined, { key: null, headers, ...(raw ? { raw } : {}) });
    const purpose = { 'upload-metadata': metadata({ purpose: 'master' }) };

    const bare = await post({ 'upload-length': '5', ...purpose });
    expectProblem(bare, 412, 'media.tus_version');
    assert.equal(bare.headers.get('tus-version'), '1.0.0');
    for (const length of ['', '-1', '1.5', '0x10', '99999999999999999999']) {
      expectProblem(await post({ ...TUS, ...purpose, 'upload-length': length }), 400, 'media.upload_header');
    }
    expectProblem(await post({ ...TUS, ...purpose, 'upload-defer-length': '1' }), 400, 'media.upload_header');
    expectProblem(await post({ ...TUS, 'upload-length': '5', 'upload-metadata': 'purpose bWFzdGVy,' }), 400, 'media.upload_header');
    expectViolations(await post({ ...TUS, 'upload-length': '5' }), 'common.invalid', ['/purpose enum']);
    expectProblem(await post({ ...TUS, ...purpose, 'upload-length': String(2 ** 31 + 1) }), 413, 'media.upload_too_large');
    const plain = { ...TUS, ...purpose, 'upload-length': '10', 'content-type': 'text/plain' };
    expectProblem(await post(plain, ten), 415, 'media.upload_type');

    expectProblem(await patch(api, id, 5, ten.subarray(5)), 409, 'media.upload_offset');
    expectProblem(await patch(api, id, 0, ten, { 'content-type': 'application/octet-stream' }), 415, 'media.upload_type');
    expectProblem(await patch(api, id, 0, ten, { 'upload-offset': 'x' }), 400, 'media.upload_header');
    expectProblem(await patch(api, id, 0, ten, { 'tus-resumable': '0.2.2' }), 412, 'media.tus_version');
    const chunked = { raw: Readable.toWeb(Readable.from([Buffer.alloc(11)])) as ReadableStream, headers: { ...BYTES, 'upload-offset': '0' } };
    const long = await patch(api, id, 0, Buffer.alloc(11));
    assert.equal(long.status, 413);
    assert.equal((await api.patch(`/uploads/${id}`, undefined, chunked)).status, 413);
    assert.equal(await offsetOf(api, id), 0);
    expectStatus(await patch(api, id, 0, ten), 204);
  });

  test('an upload is its owner’s alone', async () => {
    const { api } = await someone();
    const stranger = await someone();
    const id = await create(api, 10);
    const ten = Buffer.from('0123456789');
    assert.equal((await stranger.api.call('HEAD', `/uploads/${id}`, { headers: TUS })).status, 404);
    assert.equal((await patch(stranger.api, id, 0, ten)).status, 404);
    assert.equal((await stranger.api.delete(`/uploads/${id}`, { headers: TUS })).status, 404);
    assert.equal((await lathe().api.call('HEAD', `/uploads/${id}`, { headers: TUS })).status, 401);
    expectStatus(await api.delete(`/uploads/${id}`, { headers: TUS }), 204);
    assert.equal((await api.call('HEAD', `/uploads/${id}`, { headers: TUS })).status, 404);
    assert.ok(!staged(lathe()).includes(id));
  });

  test('parts of others, unfinished parts and whole uploads are not put together', async () => {
    const { api } = await someone();
    const stranger = await someone();
    const part = async (owner: Api, bytes: Buffer, send = true): Promise<string> => {
      const id = await create(owner, bytes.length, { 'upload-concat': 'partial', 'upload-metadata': '' });
      if (send) expectStatus(await patch(owner, id, 0, bytes), 204);
      return id;
    };
    const join = (ids: string[]) =>
      api.post('/uploads', undefined, {
        key: null,
        headers: { ...TUS, 'upload-concat': `final;${ids.map((id) => `/api/v1/uploads/${id}`).join(' ')}`, 'upload-metadata': metadata({ purpose: 'master' }) },
      });
    const mine = await part(api, Buffer.from('hello '));
    const theirs = await part(stranger.api, Buffer.from('theirs'));
    const unfinished = await part(api, Buffer.from('later'), false);
    const whole = await create(api, 5);
    for (const other of [theirs, unfinished, whole]) expectProblem(await join([mine, other]), 409, 'media.upload_parts');
    const second = await part(api, Buffer.from('world'));
    const final = uploadId((await join([mine, second])).headers.get('location'));
    const head = await api.call('HEAD', `/uploads/${final}`, { headers: TUS });
    assert.equal(head.headers.get('upload-concat'), 'final');
    assert.equal(head.headers.get('upload-length'), '11');
    expectProblem(await patch(api, final, 11, Buffer.from('!')), 403, 'common.forbidden');
    assert.equal(stored(lathe(), Buffer.from('hello world'))?.toString(), 'hello world');
  });

  test('a killed server has what it acknowledged, and goes on from there', async () => {
    const { api: before, tokens } = await someone();
    const bytes = randomBytes(1_500_000);
    const id = await create(before, bytes.length);
    expectStatus(await patch(before, id, 0, bytes.subarray(0, 600_000)), 204);
    await lathe().kill();
    await lathe().start();
    const api = lathe().api.as(tokens.access_token);
    assert.equal(await offsetOf(api, id), 600_000);
    expectStatus(await patch(api, id, 600_000, bytes.subarray(600_000)), 204);
    assert.ok(stored(lathe(), bytes)?.equals(bytes));
  });
});

eachEngine('limits of uploads', (engine) => {
  const settings = { ...SETTINGS, LATHE_UPLOAD_QUOTA: '1M', LATHE_UPLOAD_MAX_IMAGE: '1K' };
  const lathe = useLathe({ engine, settings });

  test('the quota counts what is announced', async () => {
    const { api } = await newPerson(lathe().api, 'producer');
    const id = await create(api, 900_000);
    const post = (length: number, purpose: string) =>
      api.post('/uploads', undefined, {
        key: null,
        headers: { ...TUS, 'upload-length': String(length), 'upload-metadata': metadata({ purpose }) },
      });
    expectProblem(await post(200_000, 'master'), 413, 'media.quota_exceeded');
    expectProblem(await post(1025, 'avatar'), 413, 'media.upload_too_large');
    expectStatus(await api.delete(`/uploads/${id}`, { headers: TUS }), 204);
    expectStatus(await post(200_000, 'master'), 201);
  });

  test('what is refused leaves no row, no file and no claim on the quota', async () => {
    const [{ api }, stranger] = [await newPerson(lathe().api, 'producer'), await newPerson(lathe().api, 'producer')];
    const bytes = randomBytes(1000);
    const id = await create(api, bytes.length);
    expectStatus(await patch(api, id, 0, bytes.subarray(0, 400)), 204);
    const quota = 2 ** 20;
    const post = (more: Record<string, string>, as = api) =>
      as.post('/uploads', undefined, { key: null, headers: { ...TUS, 'upload-metadata': metadata({ purpose: 'master' }), ...more } });
    const checksum = { 'upload-checksum': `sha1 ${createHash('sha1').update('other').digest('base64')}` };
    await expectNothingLeft(lathe(), async () => {
      expectProblem(await post({ 'upload-length': `${quota - 999}` }), 413, 'media.quota_exceeded');
      expectProblem(await post({ 'upload-length': '1025', 'upload-metadata': metadata({ purpose: 'avatar' }) }), 413, 'media.upload_too_large');
      expectProblem(await post({ 'upload-length': '-1' }), 400, 'media.upload_header');
      expectProblem(await post({ 'upload-length': '5', 'tus-resumable': '0.2.2' }), 412, 'media.tus_version');
      expectProblem(await post({ 'upload-length': '5', 'upload-metadata': metadata({ purpose: 'nothing' }) }), 422, 'common.invalid');
      expectProblem(await post({ 'upload-length': '5' }, lathe().api), 401, 'common.login_needed');
      expectProblem(await patch(api, id, 400, randomBytes(601)), 413, 'common.too_large');
      expectProblem(await patch(api, id, 399, bytes.subarray(399)), 409, 'media.upload_offset');
      expectProblem(await patch(api, id, 1000, bytes.subarray(0, 1)), 409, 'media.upload_offset');
      expectProblem(await patch(api, id, 400, bytes.subarray(400), checksum), 460, 'media.upload_checksum');
      expectProblem(await patch(stranger.api, id, 400, bytes.subarray(400)), 404, 'common.not_found');
    });
    assert.equal(await offsetOf(api, id), 400);
    expectStatus(await patch(api, id, 400, bytes.subarray(400)), 204);
    assert.ok(stored(lathe(), bytes)?.equals(bytes));
    expectStatus(await post({ 'upload-length': `${quota - 1000}` }), 201); // to the last byte
  });

  test('below the floor of free space nothing is taken', async () => {
    const { tokens } = await newPerson(lathe().api, 'producer');
    const before = staged(lathe());
    await lathe().restart({ LATHE_STORAGE_MIN_FREE: '900T' });
    const reply = await lathe().api.as(tokens.access_token).post('/uploads', undefined, {
      key: null,
      headers: { ...TUS, 'upload-length': '10', 'upload-metadata': metadata({ purpose: 'avatar' }) },
    });
    expectProblem(reply, 507, 'common.storage_full');
    assert.deepEqual(staged(lathe()), before);
    await lathe().restart();
  });
});

eachEngine('a disk that fails', (engine) => {
  const lathe = useLathe({ engine, settings: SETTINGS });
  const cases: [string, string, number][] = [
    ['fills while bytes come', 'storage.write=fail:ENOSPC@2', 507],
    ['fills when they are flushed', 'storage.sync=fail:ENOSPC@2', 507],
    ['breaks while bytes come', 'storage.write=fail:EIO@2', 503],
    ['breaks when they are flushed', 'storage.sync=fail:EIO@2', 503],
    ['fills at the last step', 'storage.link=fail:ENOSPC', 507],
  ];
  for (const [name, fault, status] of cases) {
    test(name, { skip }, async () => {
      const { tokens } = await newPerson(lathe().api, 'producer');
      const bytes = randomBytes(900_000);
      await lathe().restart({ LATHE_FAULT: fault });
      const broken = lathe().api.as(tokens.access_token);
      const id = await create(broken, bytes.length);
      const refused = await patch(broken, id, 0, bytes);
      expectProblem(refused, status, status === 507 ? 'common.storage_full' : 'common.storage_failed');
      assert.equal(stored(lathe(), bytes), undefined);
      await lathe().restart();
      const api = lathe().api.as(tokens.access_token);
      const offset = await offsetOf(api, id);
      if (offset < bytes.length) expectStatus(await patch(api, id, offset, bytes.subarray(offset)), 204);
      assert.ok(stored(lathe(), bytes)?.equals(bytes));
    });
  }

  test('given up after that, nothing of it is left', { skip }, async () => {
    const { tokens } = await newPerson(lathe().api, 'producer');
    const before = await settled(lathe());
    await lathe().restart({ LATHE_FAULT: 'storage.write=fail:ENOSPC@2' });
    const broken = lathe().api.as(tokens.access_token);
    const id = await create(broken, 900_000);
    expectProblem(await patch(broken, id, 0, randomBytes(900_000)), 507, 'common.storage_full');
    expectStatus(await broken.delete(`/uploads/${id}`, { headers: TUS }), 204);
    await lathe().restart();
    assert.deepEqual((await settled(lathe())).files, before.files);
  });
});

// A sanitizer's own memory would be measured.
test('a gigabyte costs no memory', { skip: /asan|tsan/.test(binary) && 'judged on a build without sanitizers' }, async () => {
  const { Lathe: Program } = await import('../../lib/lathe.ts');
  const lathe = await Program.start({ settings: SETTINGS });
  try {
    const { api } = await newPerson(lathe.api, 'producer');
    const rss = (): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${lathe.pid}/status`, 'utf8'))?.[1]);
    const piece = randomBytes(1 << 20);
    const id = await create(api, 1 << 30);
    const before = rss();
    const raw = Readable.toWeb(Readable.from((function* () { for (let i = 0; i < 1024; i++) yield piece; })())) as ReadableStream;
    expectStatus(await api.patch(`/uploads/${id}`, undefined, { raw, headers: { ...BYTES, 'upload-offset': '0' } }), 204);
    assert.ok(rss() - before < 16 * 1024, `grew by ${rss() - before} KiB`);
  } finally {
    await lathe.dispose();
  }
});
