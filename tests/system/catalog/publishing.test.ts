// SPDX-License-Identifier: AGPL-3.0-or-later
// From a draft to something public, with real files: what is missing is told, analysis fills the gaps, moderators have a say.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json, type Problem } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { convert, makePng, makeWav as longWav, makeZip, processed, upload } from '../../lib/media.ts';
import { newPerson, type Person, specDraft } from '../../lib/people.ts';
import { buy, itemOf, license, makeWav, publishSpec, shopSettings } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

const pointers = (problem: Problem): string[] => (problem.violations ?? []).map((violation) => violation.pointer).sort();

eachEngine('publishing', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });
  let producer: Person;
  let moderator: Person;

  before(async () => {
    producer = await newPerson(lathe().api, 'producer');
    const login = { email: 'mod@example.org', username: 'moderator' };
    const made = await lathe().run(['user', 'create', '--role', 'moderator', '--email', login.email, '--username', login.username, '--random-password']);
    assert.equal(made.code, 0, made.output);
    const password = /^password (\S+)$/m.exec(made.output)?.[1] ?? '';
    const tokens = expectStatus(await lathe().api.post('/auth/login', { login: login.email, password }), 200);
    moderator = { ...login, password, id: tokens.user.id, tokens, api: lathe().api.as(tokens.access_token) };
  });

  const draft = async (more: Json = {}): Promise<Json> => expectStatus(await producer.api.post('/specs', specDraft(more)), 201);
  const put = async (id: string, slot: 'master' | 'stems' | 'cover', bytes: Uint8Array, name: string): Promise<Json> => {
    const uploadId = await upload(producer.api, slot, bytes, name);
    return expectStatus(await producer.api.put(`/specs/${id}/assets/${slot}`, { upload_id: uploadId }), 202);
  };

  test('all that is missing is listed', async () => {
    const bare = await draft({ genres: [], licenses: [], currency: undefined });
    const problem = expectProblem(await producer.api.post(`/specs/${bare.id}/publish`), 409, 'catalog.not_publishable');
    assert.deepEqual(pointers(problem), ['/genres', '/licenses', '/master']);
    const promising = await draft({ licenses: [license('trackout', 5000, ['mp3', 'stems'])] });
    assert.deepEqual(pointers(expectProblem(await producer.api.post(`/specs/${promising.id}/publish`), 409, 'catalog.not_publishable')), ['/master', '/stems']);
  });

  test('analysis fills tempo and key that were left out, and the rest of the page', async () => {
    const spec = await draft({ bpm: undefined, key: undefined });
    assert.equal(spec.bpm, null);
    const state = await put(spec.id, 'master', makeWav(7, 6), 'master.wav');
    assert.ok(['queued', 'running', 'ready'].includes(state.status));
    assert.equal(state.assets[0].slot, 'master');
    await put(spec.id, 'cover', makePng(640), 'cover.png');
    await processed(producer.api, spec.id, 'master');
    await processed(producer.api, spec.id, 'cover');
    const view = await eventually('the spec knows its master', async () => {
      const read = expectStatus(await producer.api.get(`/specs/${spec.id}`), 200);
      return read.duration_ms !== null && read.cover_url !== null ? read : undefined;
    });
    assert.ok(Math.abs(view.duration_ms - 6000) < 60, `${view.duration_ms} ms`);
    assert.equal(view.waveform.length, 64);
    assert.equal(view.is_lossless, true);
    assert.ok(view.loudness_lufs < 0 && view.loudness_lufs > -60);
    const published = expectStatus(await producer.api.post(`/specs/${spec.id}/publish`), 200);
    assert.equal(published.status, 'published');
    assert.notEqual(published.published_at, null);
    const cover = await lathe().api.root('GET', new URL(published.cover_url, lathe().origin).pathname);
    assert.equal(cover.status, 200);
  });

  test('a file that is none fails with its reason, and is not published', async () => {
    const spec = await draft();
    await put(spec.id, 'master', Buffer.from('this is a text, not a recording\n'.repeat(50)), 'song.wav');
    const state = await eventually('processing failed', async () => {
      const now = expectStatus(await producer.api.get(`/specs/${spec.id}/processing`), 200);
      return now.status === 'failed' ? now : undefined;
    });
    assert.match(state.problem.code, /^media\./);
    const problem = expectProblem(await producer.api.post(`/specs/${spec.id}/publish`), 409, 'catalog.not_publishable');
    assert.deepEqual(pointers(problem), ['/master']);
    assert.equal(problem.violations?.[0]?.rule, 'failed');
    // Another file mends it.
    await put(spec.id, 'master', makeWav(8), 'song.wav');
    await processed(producer.api, spec.id, 'master');
    await eventually('it is published', async () => (await producer.api.post(`/specs/${spec.id}/publish`)).status === 200);
  });

  test('processing is followed as it happens', async () => {
    const spec = await draft();
    await put(spec.id, 'master', makeWav(9, 4), 'master.wav');
    const reply = await producer.api.get(`/specs/${spec.id}/processing/events`);
    assert.equal(reply.status, 200);
    assert.match(reply.headers.get('content-type') ?? '', /text\/event-stream/);
    const states = reply.text
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as Json);
    assert.ok(states.length >= 1);
    assert.equal(states.at(-1).status, 'ready');
    assert.equal(states.at(-1).progress, 1);
  });

  test('stems are promised only when they are there', async () => {
    const spec = await draft({ licenses: [license('trackout', 5000, ['mp3', 'wav', 'stems'])] });
    await put(spec.id, 'master', makeWav(10), 'master.wav');
    await processed(producer.api, spec.id, 'master');
    assert.deepEqual(pointers(expectProblem(await producer.api.post(`/specs/${spec.id}/publish`), 409, 'catalog.not_publishable')), ['/stems']);
    await put(spec.id, 'stems', makeZip([{ name: 'drums.wav', data: makeWav(11) }, { name: 'bass.wav', data: makeWav(12) }]), 'stems.zip');
    await processed(producer.api, spec.id, 'stems');
    const published = expectStatus(await producer.api.post(`/specs/${spec.id}/publish`), 200);
    assert.equal(published.has_stems, true);
    const found = expectStatus(await lathe().api.get('/specs', { query: { has_stems: true } }), 200);
    assert.deepEqual(found.items.map((item: Json) => item.id), [spec.id]);
  });

  test('a file that is put again, its answer having been lost, is the same file', async () => {
    const spec = await draft();
    const uploadId = await upload(producer.api, 'master', makeWav(29), 'once.wav');
    const path = `/specs/${spec.id}/assets/master`;
    const first = expectStatus(await producer.api.put(path, { upload_id: uploadId }), 202);
    const again = expectStatus(await producer.api.put(path, { upload_id: uploadId }), 202);
    assert.equal(again.assets.length, 1);
    assert.equal(again.assets[0].asset_id, first.assets[0].asset_id);
    await processed(producer.api, spec.id, 'master');
    await eventually('it is published', async () => (await producer.api.post(`/specs/${spec.id}/publish`)).status === 200);
    assert.equal(expectStatus(await producer.api.put(path, { upload_id: uploadId }), 202).assets[0].asset_id, first.assets[0].asset_id);
    // Into another slot or another recording it is another thing, and so it is once the slot holds something else.
    expectProblem(await producer.api.put(`/specs/${(await draft()).id}/assets/master`, { upload_id: uploadId }), 409, 'media.upload_used');
    expectProblem(await producer.api.put(`/specs/${spec.id}/assets/cover`, { upload_id: uploadId }), 409, 'media.upload_used');
    expectStatus(await producer.api.post(`/specs/${spec.id}/unpublish`), 200);
    await put(spec.id, 'master', makeWav(30), 'twice.wav');
    expectProblem(await producer.api.put(path, { upload_id: uploadId }), 409, 'media.upload_used');
  });

  test('what is public stays complete, and its files stay', async () => {
    const spec = await publishSpec(producer);
    const problem = expectProblem(await producer.api.put(`/specs/${spec.id}/licenses`, { licenses: [] }), 409, 'catalog.not_publishable');
    assert.deepEqual(pointers(problem), ['/licenses']);
    expectProblem(await producer.api.patch(`/specs/${spec.id}`, { genres: [] }), 409, 'catalog.not_publishable');
    const uploadId = await upload(producer.api, 'master', makeWav(13), 'other.wav');
    expectProblem(await producer.api.put(`/specs/${spec.id}/assets/master`, { upload_id: uploadId }), 409, 'catalog.not_publishable');
  });

  test('withdrawn is hidden, published again is back', async () => {
    const spec = await publishSpec(producer, { title: 'Here And Gone' });
    assert.equal(expectStatus(await producer.api.post(`/specs/${spec.id}/unpublish`), 200).status, 'draft');
    assert.equal((await lathe().api.get(`/specs/${spec.id}`)).status, 404);
    assert.equal(expectStatus(await lathe().api.get('/specs', { query: { q: 'here and gone' } }), 200).items.length, 0);
    expectStatus(await producer.api.post(`/specs/${spec.id}/publish`), 200);
    assert.equal(expectStatus(await lathe().api.get('/specs', { query: { q: 'here and gone' } }), 200).items.length, 1);
  });

  test('the free MP3 is for those specs that give it', async () => {
    const paid = await publishSpec(producer);
    const given = await publishSpec(producer, { title: 'Take It', free_mp3_enabled: true });
    const listener = await newPerson(lathe().api);
    expectProblem(await listener.api.post(`/specs/${paid.id}/download-free`), 403, 'catalog.not_free');
    expectProblem(await lathe().api.post(`/specs/${given.id}/download-free`), 401, 'common.login_needed');
    const link = expectStatus(await listener.api.post(`/specs/${given.id}/download-free`), 200);
    assert.equal(link.file_name, 'take-it.mp3');
    const file = await fetch(new URL(link.url, lathe().origin));
    assert.equal(file.status, 200);
    assert.equal((await file.arrayBuffer()).byteLength, link.size_bytes);
  });

  test('an exclusively sold recording cannot be offered again', async () => {
    const spec = await publishSpec(producer, { title: 'Only Once', licenses: [license('basic', 100), license('exclusive', 9000)] });
    const buyer = await newPerson(lathe().api);
    await buy(buyer, [itemOf(spec, 'exclusive')]);
    const sold = expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200);
    assert.equal(sold.status, 'sold');
    assert.deepEqual(sold.licenses, []);
    assert.equal(expectStatus(await lathe().api.get('/specs', { query: { q: 'only once' } }), 200).items.length, 0);

    const again = await draft({ title: 'Once More' });
    await put(again.id, 'master', spec.wav, 'same.wav');
    await processed(producer.api, again.id, 'master');
    await eventually('the master is known', async () => expectStatus(await producer.api.get(`/specs/${again.id}`), 200).duration_ms !== null);
    expectProblem(await producer.api.post(`/specs/${again.id}/publish`), 409, 'catalog.duplicate_recording');
  });

  test('another encoding of it is known again', async () => {
    const wav = longWav(24, 5);
    const master = async (title: string, bytes: Buffer, name: string): Promise<Json> => {
      const made = await draft({ title, licenses: [license('basic', 100), license('exclusive', 9000)] });
      await put(made.id, 'master', bytes, name);
      await processed(producer.api, made.id, 'master');
      return made;
    };
    const sold = await master('Sold For Good', wav, 'master.wav');
    const view = expectStatus(await producer.api.post(`/specs/${sold.id}/publish`), 200);
    const buyer = await newPerson(lathe().api);
    await buy(buyer, [{ spec_id: sold.id, license_option_id: view.licenses[1].id }]);
    const copy = await master('A Copy', await convert(wav, 'mp3', ['-b:a', '128k']), 'copy.mp3');
    expectProblem(await producer.api.post(`/specs/${copy.id}/publish`), 409, 'catalog.duplicate_recording');
  });

  test('what was bought survives its deletion', async () => {
    const spec = await publishSpec(producer, { title: 'Bought And Deleted' });
    const buyer = await newPerson(lathe().api);
    const order = await buy(buyer, [itemOf(spec, 'basic')]);
    assert.equal((await producer.api.delete(`/specs/${spec.id}`)).status, 204);
    assert.equal((await buyer.api.get(`/specs/${spec.id}`)).status, 404);
    const { files } = expectStatus(await buyer.api.get(`/licenses/${order.items[0].license_id}/downloads`), 200);
    assert.equal((await fetch(new URL(files[0].url, lathe().origin))).status, 200);
  });

  test('a moderator takes an item down with a reason, and restores it', async () => {
    const spec = await publishSpec(producer, { title: 'In Doubt' });
    const reporter = await newPerson(lathe().api);
    for (let i = 0; i < 2; i++) assert.equal((await reporter.api.post(`/specs/${spec.id}/reports`, { reason: 'copyright', message: 'mine' })).status, 204);
    expectProblem(await reporter.api.get('/moderation/reports'), 403, 'common.not_allowed');
    const reports = expectStatus(await moderator.api.get('/moderation/reports'), 200);
    assert.deepEqual(reports.items.map((report: Json) => [report.title, report.reason, report.message]), [['In Doubt', 'copyright', 'mine']]);

    assert.equal((await moderator.api.post(`/moderation/items/${spec.id}/takedown`, { reason: 'A claim was made' })).status, 204);
    assert.equal((await lathe().api.get(`/specs/${spec.id}`)).status, 404);
    const own = expectStatus(await producer.api.get(`/specs/${spec.id}`), 200);
    assert.equal(own.status, 'taken_down');
    assert.equal(own.takedown_reason, 'A claim was made');
    expectProblem(await producer.api.post(`/specs/${spec.id}/publish`), 409, 'catalog.not_publishable');
    assert.equal(expectStatus(await moderator.api.get('/moderation/reports'), 200).items.length, 0);

    assert.equal((await moderator.api.post(`/moderation/items/${spec.id}/restore`)).status, 204);
    assert.equal(expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200).status, 'published');
  });
});
