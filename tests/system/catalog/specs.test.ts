// SPDX-License-Identifier: AGPL-3.0-or-later
// Specs as their owners make and change them, and as readers get them.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson, type Person, specDraft } from '../../lib/people.ts';
import { license, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';

eachEngine('specs', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });
  let producer: Person;
  let other: Person;
  let listener: Person;
  let shown: Spec;

  before(async () => {
    producer = await newPerson(lathe().api, 'producer');
    other = await newPerson(lathe().api, 'producer');
    listener = await newPerson(lathe().api);
    shown = await publishSpec(producer, { title: 'Shown To All', licenses: [license('basic', 1000), license('premium', 2500, ['mp3', 'wav'])] });
  });

  const create = async (more: Json = {}): Promise<Json> => expectStatus(await producer.api.post('/specs', specDraft(more)), 201);

  test('a draft has all that was said, and an address', async () => {
    const reply = await producer.api.post('/specs', specDraft({ title: 'Ünder Préssure', moods: ['dark'], instruments: ['808', 'piano'], bpm: 92.5 }));
    const spec = expectStatus(reply, 201);
    assert.match(reply.headers.get('location') ?? '', new RegExp(`/api/v1/specs/${spec.id}$`));
    assert.equal(spec.slug, 'under-pressure');
    assert.match(spec.short_code, /^[0-9a-z]{8}$/);
    assert.equal(spec.status, 'draft');
    assert.equal(spec.bpm, 92.5);
    assert.equal(spec.key, 'a_minor');
    assert.deepEqual(spec.genres, ['hip-hop']);
    assert.deepEqual(spec.moods, ['dark']);
    assert.deepEqual(spec.instruments, ['piano', '808']);
    assert.deepEqual(spec.price, { amount: 1999, currency: 'USD' });
    assert.equal(spec.producer.username, producer.username);
    assert.equal(spec.licenses[0].terms.is_exclusive, false);
    assert.equal(spec.duration_ms, null);
  });

  test('the same request under the same key makes one spec', async () => {
    const draft = specDraft();
    const first = expectStatus(await producer.api.post('/specs', draft, { key: 'made-once' }), 201);
    const second = expectStatus(await producer.api.post('/specs', draft, { key: 'made-once' }), 201);
    assert.equal(second.id, first.id);
    expectProblem(await producer.api.post('/specs', specDraft(), { key: 'made-once' }), 422, 'idempotency.mismatch');
  });

  test('equal titles get different addresses', async () => {
    const title = 'Twice Told';
    const slugs = [await create({ title }), await create({ title }), await create({ title })].map((spec) => spec.slug);
    assert.deepEqual(slugs, ['twice-told', 'twice-told-2', 'twice-told-3']);
  });

  test('every violation of a draft is told at once', async () => {
    const reply = await producer.api.post('/specs', {
      title: 'x'.repeat(101),
      category: 'song',
      bpm: 20,
      key: 'h_minor',
      description: 'x'.repeat(501),
      tags: ['a', 'b', 'c', 'd'],
      moods: ['gloomy'],
      currency: 'XXZ',
      licenses: [{ type: 'basic', name: '', price: -1, features: ['x'.repeat(201)] }],
      surprise: true,
    });
    const problem = expectProblem(reply, 422, 'common.invalid');
    const pointers = new Set(problem.violations?.map((violation) => violation.pointer));
    for (const pointer of ['/title', '/category', '/bpm', '/key', '/description', '/tags', '/moods/0', '/currency', '/licenses/0/name', '/licenses/0/price', '/licenses/0/features/0', '/surprise'])
      assert.ok(pointers.has(pointer), `${pointer} is not among ${[...pointers].join(' ')}`);
  });

  test('what only the catalogue can tell is told at once, too', async () => {
    const twice = [license('basic', 1), license('basic', 2)];
    const reply = await producer.api.post('/specs', specDraft({ genres: ['hip_hop', 'polka-metal'], tags: ['!!!'], licenses: twice }));
    expectViolations(reply, 'common.invalid', ['/genres/1 enum', '/tags/0 characters', '/licenses/1/type unique']);
  });

  test('only those who may publish make drafts', async () => {
    expectProblem(await lathe().api.post('/specs', specDraft()), 401, 'common.login_needed');
    expectProblem(await listener.api.post('/specs', specDraft()), 403, 'common.not_allowed');
  });

  test('a spec is read by id, short code and slug, by anybody', async () => {
    for (const key of [shown.id, shown.id.toUpperCase(), shown.view.short_code, shown.view.slug]) {
      const reply = await lathe().api.get(`/specs/${key}`);
      const spec = expectStatus(reply, 200);
      assert.equal(spec.id, shown.id);
      assert.match(reply.headers.get('etag') ?? '', /^"/);
      assert.match(reply.headers.get('cache-control') ?? '', /public/);
    }
    const track = expectStatus(await lathe().api.get(`/tracks/${shown.id}`), 200);
    assert.equal(track.title, 'Shown To All');
    assert.equal('licenses' in track, false);
    for (const key of ['nothing-like-it', 'aaaaaaaa', '00000000-0000-7000-8000-000000000000', 'N%20o', 'x'.repeat(100)])
      assert.equal((await lathe().api.get(`/specs/${key}`)).status, 404, key);
  });

  test('what was read and has not changed is not sent again', async () => {
    const etag = (await lathe().api.get(`/specs/${shown.id}`)).headers.get('etag') ?? '';
    const reply = await lathe().api.get(`/specs/${shown.id}`, { headers: { 'if-none-match': etag } });
    assert.equal(reply.status, 304);
    assert.equal(reply.text, '');
  });

  test('drafts are for their owner', async () => {
    const spec = await create();
    assert.equal((await producer.api.get(`/specs/${spec.id}`)).status, 200);
    for (const api of [lathe().api, other.api, listener.api]) {
      assert.equal((await api.get(`/specs/${spec.id}`)).status, 404);
      assert.equal((await api.get(`/specs/${spec.slug}`)).status, 404);
    }
  });

  test('nobody changes what is somebody else’s', async () => {
    for (const [method, path, body] of [
      ['PATCH', '', { title: 'Mine now' }],
      ['DELETE', '', undefined],
      ['PUT', '/licenses', { currency: 'USD', licenses: [] }],
      ['PUT', '/assets/cover', { upload_id: shown.id }],
      ['POST', '/unpublish', undefined],
      ['GET', '/processing', undefined],
      ['GET', '/processing/events', undefined],
    ] as const) {
      const reply = await other.api.call(method, `/specs/${shown.id}${path}`, body === undefined ? {} : { body });
      expectProblem(reply, 403, 'common.forbidden');
    }
    assert.equal(expectStatus(await lathe().api.get(`/specs/${shown.id}`), 200).title, 'Shown To All');
  });

  test('a change shows at once, keeps the address and what was not named', async () => {
    const spec = await publishSpec(producer, { title: 'Before The Change', tags: ['kept'] });
    assert.equal((await lathe().api.get(`/specs/${spec.id}`)).status, 200); // it is kept in memory now
    const reply = await producer.api.patch(`/specs/${spec.id}`, { title: 'After', description: 'More\nthan a line', bpm: null });
    const changed = expectStatus(reply, 200);
    assert.equal(changed.title, 'After');
    assert.equal(changed.slug, 'before-the-change');
    assert.deepEqual(changed.tags, ['kept']);
    assert.equal(changed.licenses.length, 1);
    const read = expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200);
    assert.equal(read.title, 'After');
    assert.equal(read.description, 'More\nthan a line');
  });

  test('a change of a version that is gone is refused', async () => {
    const spec = await create();
    const etag = (await producer.api.get(`/specs/${spec.id}`)).headers.get('etag') ?? '';
    const first = await producer.api.patch(`/specs/${spec.id}`, { title: 'First' }, { headers: { 'if-match': etag } });
    assert.equal(expectStatus(first, 200).title, 'First');
    const late = await producer.api.patch(`/specs/${spec.id}`, { title: 'Late' }, { headers: { 'if-match': etag } });
    expectProblem(late, 412, 'common.precondition_failed');
    const next = await producer.api.patch(`/specs/${spec.id}`, { title: 'Next' }, { headers: { 'if-match': first.headers.get('etag') ?? '' } });
    assert.equal(expectStatus(next, 200).title, 'Next');
  });

  test('licence options are replaced by type and keep their ids', async () => {
    const spec = await create({ licenses: [license('basic', 1000), license('exclusive', 90000)] });
    const reply = await producer.api.put(`/specs/${spec.id}/licenses`, { currency: 'EUR', licenses: [license('premium', 700), license('basic', 500)] });
    const changed = expectStatus(reply, 200);
    assert.deepEqual(changed.licenses.map((option: Json) => [option.type, option.price.amount]), [['premium', 700], ['basic', 500]]);
    assert.equal(changed.licenses[1].id, spec.licenses[0].id);
    assert.deepEqual(changed.price, { amount: 500, currency: 'EUR' });
    expectViolations(await producer.api.put(`/specs/${spec.id}/licenses`, { licenses: [license('basic', 1)] }), 'common.invalid', ['/currency required']);
    assert.equal(expectStatus(await producer.api.put(`/specs/${spec.id}/licenses`, { licenses: [] }), 200).price, null);
  });

  test('a deleted draft is gone', async () => {
    const spec = await create();
    assert.equal((await producer.api.delete(`/specs/${spec.id}`)).status, 204);
    for (const key of [spec.id, spec.slug, spec.short_code]) assert.equal((await producer.api.get(`/specs/${key}`)).status, 404);
    assert.equal((await producer.api.delete(`/specs/${spec.id}`)).status, 404);
  });

  test('a new name of the producer shows with the specs', async () => {
    const person = await newPerson(lathe().api, 'producer');
    const spec = await publishSpec(person);
    assert.equal((await lathe().api.get(`/specs/${spec.id}`)).status, 200);
    expectStatus(await person.api.patch('/me', { display_name: 'Zoë Quill' }), 200);
    assert.equal(expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200).producer.display_name, 'Zoë Quill');
  });
});
