// SPDX-License-Identifier: AGPL-3.0-or-later
// Playing: private playlists, public segments, previews, pictures; played by ffmpeg and compared with the master (STRM-01, STO-11).
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { ffmpeg, makePng, makeWav, process, processed, upload } from '../../lib/media.ts';
import { temporaryFolder } from '../../lib/paths.ts';
import { newPerson, type Person, specDraft } from '../../lib/people.ts';
import { eventually } from '../../lib/wait.ts';

const SETTINGS = { LATHE_LOG_LEVEL: 'info', LATHE_BCRYPT_COST: '5', LATHE_RATE_SCALE: '100000' };
const SECONDS = 40;
const wav = makeWav(SECONDS);

/** The samples that ffmpeg hears at an address: 16 bits, stereo. */
async function listen(url: string): Promise<Buffer> {
  const folder = await temporaryFolder('listen');
  try {
    const file = join(folder.path, 'heard.raw');
    await ffmpeg(['-xerror', '-i', url, '-f', 's16le', '-ac', '2', '-ar', '44100', file]);
    return await readFile(file);
  } finally {
    await folder.remove();
  }
}

async function sizeOf(bytes: Uint8Array): Promise<string> {
  const folder = await temporaryFolder('picture');
  try {
    const file = join(folder.path, 'picture');
    await writeFile(file, bytes);
    return /, (\d{2,5}x\d{2,5})[ ,]/.exec(await ffmpeg(['-i', file, '-f', 'null', '-']))?.[1] ?? '';
  } finally {
    await folder.remove();
  }
}

eachEngine('playback', (engine) => {
  const lathe = useLathe({ engine, settings: SETTINGS });
  let owner: Person;
  let stranger: Person;
  let made: Json;
  before(async () => {
    owner = await newPerson(lathe().api, 'producer');
    stranger = await newPerson(lathe().api);
    made = await process(owner, 'master', wav, 'beat.wav');
    assert.equal(made.asset.status, 'ready', JSON.stringify(made.asset));
    const cover = await upload(owner.api, 'cover', makePng(600), 'cover.png');
    expectStatus(await owner.api.put(`/specs/${made.spec.id}/assets/cover`, { upload_id: cover }), 202);
    assert.equal((await processed(owner.api, made.spec.id, 'cover')).status, 'ready');
    expectStatus(await owner.api.post(`/specs/${made.spec.id}/publish`), 200);
  });

  const address = (path: string): string => new URL(path, lathe().origin).href;
  const stream = async (who: Person): Promise<Json> => expectStatus(await who.api.get(`/specs/${made.spec.id}/stream`), 200);
  const playlist = async (name: string): Promise<string> => {
    const master = await stream(owner);
    const reply = await lathe().api.root('GET', master.hls_url.replace('master.m3u8', name));
    expectStatus(reply, 200);
    assert.match(reply.headers.get('content-type') ?? '', /^application\/vnd\.apple\.mpegurl/);
    assert.equal(reply.headers.get('cache-control'), 'no-store');
    return reply.text;
  };

  test('the master lists the ladder', async () => {
    const text = await playlist('master.m3u8');
    assert.match(text, /#EXT-X-INDEPENDENT-SEGMENTS/);
    assert.deepEqual([...text.matchAll(/^([a-z0-9-]+)\.m3u8/gm)].map((match) => match[1]), ['aac-96', 'aac-160', 'aac-256', 'flac']);
    assert.match(text, /CODECS="mp4a\.40\.2"/);
    assert.match(text, /CODECS="fLaC"/i);
  });

  test('what is heard is as long as the master, and FLAC is the master to the bit', async () => {
    const { hls_url } = await stream(owner);
    for (const name of ['aac-96', 'aac-160', 'aac-256']) {
      const heard = await listen(address(hls_url.replace('master.m3u8', `${name}.m3u8`)));
      const frames = heard.length / 4;
      assert.ok(Math.abs(frames - SECONDS * 44_100) <= 2 * 1024, `${name}: ${frames} frames`);
    }
    const heard = await listen(address(hls_url.replace('master.m3u8', 'flac.m3u8')));
    assert.ok(heard.equals(wav.subarray(44)), `${heard.length} bytes of ${wav.length - 44}`);
  });

  test('durations add up', async () => {
    const text = await playlist('aac-160.m3u8');
    const durations = [...text.matchAll(/#EXTINF:([\d.]+),/g)].map((match) => Number(match[1]));
    const target = Number(/#EXT-X-TARGETDURATION:(\d+)/.exec(text)?.[1]);
    const sum = durations.reduce((total, each) => total + each, 0);
    assert.ok(Math.abs(sum - SECONDS) < 0.1, `${sum} s`);
    for (const each of durations) assert.ok(Math.round(each) <= target);
    assert.match(text, /#EXT-X-PLAYLIST-TYPE:VOD/);
    assert.match(text, /#EXT-X-ENDLIST\n$/);
  });

  test('segments are public, immutable, and good for their window only', async () => {
    const text = await playlist('aac-96.m3u8');
    const init = /#EXT-X-MAP:URI="([^"]+)"/.exec(text)?.[1] ?? '';
    const first = /^(\/media\/\S+\/1\.m4s)$/m.exec(text)?.[1] ?? '';
    const api = lathe().api;
    for (const path of [init, first]) {
      const reply = await api.root('GET', path);
      expectStatus(reply, 200);
      assert.match(reply.headers.get('cache-control') ?? '', /public.*immutable/);
      assert.equal(reply.headers.get('content-type'), 'audio/mp4');
    }
    const part = await api.root('GET', first, { headers: { range: 'bytes=10-19' } });
    expectStatus(part, 206);
    assert.equal(part.headers.get('content-length'), '10');
    const [, , rendition, window, signature] = first.split('/');
    const closed = [
      `/media/${rendition}/${Number(window) - 2}/${signature}/1.m4s`,
      `/media/${rendition}/${Number(window) + 1}/${signature}/1.m4s`,
      `/media/${rendition}/${window}/${'A'.repeat(signature?.length ?? 0)}/1.m4s`,
    ];
    const asset = /[0-9a-f-]{36}/.exec((await stream(owner)).preview_url)?.[0];
    closed.push(`/media/${asset}/${window}/${signature}/0.m4s`); // a preview that is open is no rendition
    for (const path of closed) assert.equal((await api.root('GET', path)).status, 403, path);
    assert.equal((await api.root('GET', `/media/${rendition}/${window}/${signature}/9999.m4s`)).status, 404);
    assert.equal((await api.root('GET', `/media/${rendition}/${window}/${signature}/1`)).status, 404);
  });

  test('the log tells of a segment without what opens it', async () => {
    const [, , rendition, window, signature] = /^(\/media\/\S+\/1\.m4s)$/m.exec(await playlist('aac-96.m3u8'))?.[1]?.split('/') ?? [];
    assert.ok(signature);
    const end = `${window}/${signature}/1.m4s`;
    expectStatus(await lathe().api.root('GET', `/media/${rendition}/${end}`), 200);
    await lathe().api.root('DELETE', `/media/${rendition}/${end}`); // nor of what is no request for it
    for (const method of ['GET', 'DELETE']) {
      const line = new RegExp(`${method}.*/media/${rendition}/${window}/-/1\\.m4s`);
      await eventually(`${method} in the log`, () => line.test(lathe().output)); // written a moment after the reply
    }
    assert.ok(!lathe().output.includes(signature));
  });

  test('who has no right hears the preview', async () => {
    const offer = await stream(stranger);
    assert.equal(offer.hls_url, null);
    const preview = await lathe().api.root('GET', offer.preview_url, { headers: { range: 'bytes=0-99' } });
    expectStatus(preview, 206);
    assert.equal(preview.headers.get('content-type'), 'audio/mpeg');
    const heard = await listen(address(offer.preview_url));
    assert.ok(Math.abs(heard.length / 4 / 44_100 - 30) < 1, `${heard.length / 4 / 44_100} s`);
    const anonymous = expectStatus(await lathe().api.get(`/specs/${made.spec.id}/stream`), 200);
    assert.equal(anonymous.hls_url, null);
    assert.equal(anonymous.preview_url, offer.preview_url);
    const plain = `/media/hls/${made.spec.id}/master.m3u8`;
    expectProblem(await stranger.api.root('GET', plain), 403, 'streaming.not_entitled');
    expectStatus(await owner.api.root('GET', plain), 200);
    const { hls_url } = await stream(owner);
    const forged = hls_url.replace(/token=.../, 'token=AAA');
    expectProblem(await lathe().api.root('GET', forged), 403, 'streaming.token_invalid');
  });

  test('a part that lies outside of the file is refused with its size', async () => {
    const { preview_url } = await stream(stranger);
    const whole = await lathe().api.root('GET', preview_url);
    const size = whole.headers.get('content-length');
    const reply = await lathe().api.root('GET', preview_url, { headers: { range: `bytes=${size}-` } });
    expectProblem(reply, 416, 'http.range_not_satisfiable');
    assert.equal(reply.headers.get('content-range'), `bytes */${size}`);
  });

  test('what has no sound yet is told so', async () => {
    const draft = expectStatus(await owner.api.post('/specs', specDraft()), 201);
    expectProblem(await owner.api.root('GET', `/media/hls/${draft.id}/master.m3u8`), 409, 'streaming.not_ready');
  });

  test('the cover is there in every size', async () => {
    const view = expectStatus(await lathe().api.get(`/specs/${made.spec.id}`), 200);
    const url = view.cover_url as string;
    for (const side of [64, 128, 512, 1024]) {
      for (const [ending, type] of [['jpg', 'image/jpeg'], ['webp', 'image/webp']] as const) {
        const response = await fetch(address(url.replace(/\d+\.jpg$/, `${side}.${ending}`)));
        assert.equal(response.status, 200);
        assert.equal(response.headers.get('content-type'), type);
        assert.match(response.headers.get('cache-control') ?? '', /immutable/);
        const shown = Math.min(side, 600); // never larger than it came
        assert.equal(await sizeOf(new Uint8Array(await response.arrayBuffer())), `${shown}x${shown}`);
      }
    }
    const etag = (await fetch(address(url))).headers.get('etag') ?? '';
    assert.equal((await fetch(address(url), { headers: { 'if-none-match': etag } })).status, 304);
  });
});
