// SPDX-License-Identifier: AGPL-3.0-or-later
// What becomes of files: every format that is taken, what is refused and why, the scanner, restarts (STO-08, STO-10, X-09).
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createHash } from 'node:crypto';
import { type Clamd, EICAR, startClamd } from '../../lib/clamd.ts';
import { expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, Lathe, serveIsMissing, useLathe } from '../../lib/lathe.ts';
import { kept } from '../../lib/leftovers.ts';
import { convert, makePng, makeWav, makeZip, metadata, process, processed, silence, TUS, upload } from '../../lib/media.ts';
import { newPerson, type Person, specDraft } from '../../lib/people.ts';
import { eventually } from '../../lib/wait.ts';

const SETTINGS = { LATHE_BCRYPT_COST: '5', LATHE_RATE_SCALE: '100000' };
const wav = makeWav(4);

const FORMATS: { name: string; extension: string; options: string[]; lossless: boolean }[] = [
  { name: 'AIFF', extension: 'aiff', options: [], lossless: true },
  { name: 'FLAC', extension: 'flac', options: [], lossless: true },
  { name: 'ALAC in M4A', extension: 'm4a', options: ['-c:a', 'alac'], lossless: true },
  { name: 'MP3', extension: 'mp3', options: ['-b:a', '192k'], lossless: false },
  { name: 'Ogg Vorbis', extension: 'ogg', options: ['-c:a', 'libvorbis'], lossless: false },
  { name: 'Opus', extension: 'opus', options: ['-c:a', 'libopus'], lossless: false },
  { name: 'AAC in M4A', extension: 'm4a', options: ['-c:a', 'aac'], lossless: false },
];

/** The spec once it knows its master, which an event tells it. */
function spec(person: Person, id: string): Promise<Json> {
  return eventually('the spec knows its master', async () => {
    const view = expectStatus(await person.api.get(`/specs/${id}`), 200);
    return view.duration_ms !== null && view;
  });
}

eachEngine('recordings', (engine) => {
  const lathe = useLathe({ engine, settings: SETTINGS });
  let person: Person;
  before(async () => {
    person = await newPerson(lathe().api, 'producer');
  });

  test('a WAV is ready, with what was found in it', async () => {
    const made = await process(person, 'master', wav, 'Rain on Tin.wav');
    assert.equal(made.asset.status, 'ready', JSON.stringify(made.asset));
    assert.equal(made.asset.file_name, 'Rain on Tin.wav');
    const view = await spec(person, made.spec.id);
    assert.equal(view.duration_ms, 4000);
    assert.ok(view.loudness_lufs < -5 && view.loudness_lufs > -25);
    const check = await lathe().run(['check']);
    assert.equal(check.code, 0, check.output);
  });

  for (const format of engine === 'sqlite' ? FORMATS : FORMATS.slice(1, 2)) {
    test(`${format.name} is taken`, async () => {
      const bytes = await convert(wav, format.extension, format.options);
      const made = await process(person, 'master', bytes, `take.${format.extension}`);
      assert.equal(made.asset.status, 'ready', JSON.stringify(made.asset));
      const view = await spec(person, made.spec.id);
      assert.ok(Math.abs(view.duration_ms - 4000) <= 60, `${view.duration_ms} ms`);
      const track = expectStatus(await person.api.get(`/tracks/${made.spec.id}`), 200);
      assert.equal(track.is_lossless, format.lossless);
    });
  }

  test('stems are checked', async () => {
    const good = await process(person, 'stems', makeZip([{ name: 'Drums.wav', data: makeWav(1) }, { name: 'Bass.wav', data: makeWav(1, 2) }]));
    assert.equal(good.asset.status, 'ready', JSON.stringify(good.asset));
  });

  test('a restart in the middle of the work loses nothing', async () => {
    const made = expectStatus(await person.api.post('/specs', specDraft()), 201);
    const id = await upload(person.api, 'master', makeWav(60));
    expectStatus(await person.api.put(`/specs/${made.id}/assets/master`, { upload_id: id }), 202);
    await eventually('the work has begun', async () => {
      const view = expectStatus(await person.api.get(`/specs/${made.id}/processing`), 200);
      return view.status === 'running';
    });
    await lathe().restart();
    person = { ...person, api: lathe().api.as(person.tokens.access_token) };
    assert.equal((await processed(person.api, made.id, 'master')).status, 'ready');
  });
});

eachEngine('what is refused', (engine) => {
  const QUOTA = 32 << 20;
  const lathe = useLathe({ engine, settings: { ...SETTINGS, LATHE_UPLOAD_QUOTA: `${QUOTA}` } });
  let person: Person;
  before(async () => {
    person = await newPerson(lathe().api, 'producer');
  });

  const cases: [string, 'master' | 'stems' | 'cover', () => Buffer | Promise<Buffer>, string[]][] = [
    ['a text as a master', 'master', () => Buffer.from('just words, '.repeat(500)), ['media.not_audio']],
    ['an empty master', 'master', () => Buffer.alloc(0), ['media.empty', 'media.not_audio']],
    ['a truncated FLAC', 'master', async () => (await convert(wav, 'flac', [])).subarray(0, 80_000), ['media.truncated', 'media.decode_error']],
    ['a WAV that lies about its size', 'master', () => {
      const lying = Buffer.from(makeWav(1));
      lying.writeUInt32LE(0x7fffff00, 40);
      return lying;
    }, ['media.bad_header', 'media.truncated']],
    ['a picture as a master', 'master', () => makePng(64), ['media.not_audio']],
    ['a page that is a recording too', 'master', () => Buffer.concat([makeWav(1), makeZip([{ name: 'x', data: Buffer.from('x') }])]), ['media.polyglot', 'media.bad_header']],
    ['a recording as a cover', 'cover', () => makeWav(1), ['media.not_image']],
    ['a picture of 50 000 × 50 000', 'cover', () => makePng(64, 50_000), ['media.too_large', 'media.bad_header']],
    ['a truncated picture', 'cover', () => makePng(512).subarray(0, 900), ['media.truncated', 'media.decode_error', 'media.bad_header']],
    ['a text as stems', 'stems', () => Buffer.from('no archive'), ['media.not_zip']],
    ['an archive that leaves itself', 'stems', () => makeZip([{ name: '../../evil.wav', data: makeWav(1) }]), ['media.zip_path']],
    ['an archive without a recording', 'stems', () => makeZip([{ name: 'readme.txt', data: Buffer.from('hello') }]), ['media.zip_no_audio']],
    ['an archive with two of a name', 'stems', () => makeZip([{ name: 'a.wav', data: makeWav(1) }, { name: 'a.wav', data: makeWav(1) }]), ['media.zip_duplicate']],
    ['a recording of more than four hours', 'master', () => silence(4 * 3600 + 2), ['media.too_long']],
    ['a bomb', 'stems', () => makeZip(['a.wav', 'b.wav'].map((name) => ({ name, data: makeWav(1), claimed: 0xf000_0000 }))), ['media.zip_bomb']],
  ];
  for (const [name, slot, make, codes] of cases) {
    test(name, async () => {
      const { asset } = await process(person, slot, await make());
      assert.equal(asset.status, 'failed', JSON.stringify(asset));
      assert.ok(codes.includes(asset.problem.code), JSON.stringify(asset.problem));
      assert.ok(asset.problem.detail.length > 10);
    });
  }

  test('of all this no byte is kept and none counts', async () => {
    await eventually('the refused files are gone', async () => (await kept(lathe())).files.every((name) => !/^media\/(blobs|staging)\//.test(name)));
    const { rows } = await kept(lathe());
    for (const table of ['blob', 'blob_ref', 'asset_audio', 'asset_file', 'rendition', 'image_variant']) assert.equal(rows[table], 0, table);
    const whole = { ...TUS, 'upload-length': `${QUOTA}`, 'upload-metadata': metadata({ purpose: 'master' }) };
    expectStatus(await person.api.post('/uploads', undefined, { key: null, headers: whole }), 201);
    const check = await lathe().run(['check']);
    assert.equal(check.code, 0, check.output);
  });
});

describe('the virus scanner', { skip: serveIsMissing() }, () => {
  let clamd: Clamd;
  let lathe: Lathe;
  let person: Person;
  before(async () => {
    clamd = await startClamd();
    lathe = await Lathe.start({ settings: { ...SETTINGS, LATHE_CLAMD: clamd.address } });
    person = await newPerson(lathe.api, 'producer');
  });
  after(async () => {
    await lathe?.dispose();
    await clamd?.stop();
  });

  test('a clean recording passes', async () => {
    const { asset } = await process(person, 'master', wav);
    assert.equal(asset.status, 'ready', JSON.stringify(asset));
  });

  test('an infected one is refused, told, and deleted', async () => {
    const bytes = Buffer.concat([makeWav(1), Buffer.from(EICAR)]);
    const hash = createHash('sha256').update(bytes).digest('hex');
    const { asset } = await process(person, 'master', bytes);
    assert.equal(asset.status, 'failed');
    assert.equal(asset.problem.code, 'media.infected');
    assert.match(asset.problem.detail, /Lathe\.Test\.Eicar/);
    await eventually('the file is gone', () => !existsSync(join(lathe.data, 'media/blobs', hash.slice(0, 2), hash.slice(2, 4), hash)));
  });

  test('without its scanner nothing passes, and all goes on when it is back', async () => {
    const { tokens } = person;
    await lathe.restart({ LATHE_CLAMD: '127.0.0.1:1' });
    const api = lathe.api.as(tokens.access_token);
    const made = expectStatus(await api.post('/specs', specDraft()), 201);
    const id = await upload(api, 'master', makeWav(2));
    expectStatus(await api.put(`/specs/${made.id}/assets/master`, { upload_id: id }), 202);
    await eventually('it was tried', () => /media\.scan_unavailable/.test(lathe.output));
    assert.notEqual(expectStatus(await api.get(`/specs/${made.id}/processing`), 200).status, 'ready');
    await lathe.restart();
    assert.equal((await processed(lathe.api.as(tokens.access_token), made.id, 'master')).status, 'ready');
  });
});
