// SPDX-License-Identifier: AGPL-3.0-or-later
// Public lists: filters, sorts, cursors, search. The expected orders are the same on both engines.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { license, publishSpec, shopSettings } from '../../lib/shop.ts';

const SPECS = [
  { title: 'Alpha', genres: ['trap'], tags: ['Night Drive'], bpm: 140, key: 'a_minor', moods: ['dark'], instruments: ['808'], licenses: [license('basic', 1000)] },
  { title: 'Bravo', genres: ['drill'], tags: ['Rain'], bpm: 90, key: 'c_major', moods: ['dark'], instruments: ['piano'], licenses: [license('basic', 3000)] },
  { title: 'Charlie Café', genres: ['trap'], tags: ['rain'], bpm: 92.5, key: 'a_minor', moods: ['moody'], instruments: ['808'], licenses: [license('basic', 2000)], free_mp3_enabled: true },
  { title: 'Delta 夜の音', category: 'sample', genres: ['lo-fi'], tags: [], bpm: 120, key: 'd_major', currency: 'EUR', licenses: [license('basic', 1500)] },
];

eachEngine('lists', (engine) => {
  const lathe = useLathe({ engine, settings: shopSettings });
  let one: Person;
  let two: Person;

  before(async () => {
    one = await newPerson(lathe().api, 'producer');
    two = await newPerson(lathe().api, 'producer');
    for (const [index, spec] of SPECS.entries()) await publishSpec(index < 2 ? one : two, { description: '', ...spec });
    expectStatus(await one.api.post('/specs', { title: 'A Draft', category: 'beat' }), 201);
  });

  type Query = Record<string, string | number | boolean>;
  const list = async (query: Query = {}, path = '/specs'): Promise<Json> => expectStatus(await lathe().api.get(path, { query }), 200);
  const titles = (page: Json): string => page.items.map((item: Json) => item.title.split(' ')[0]).join(' ');

  test('each filter finds what it says', async () => {
    const rows: [Query, string][] = [
      [{}, 'Delta Charlie Bravo Alpha'],
      [{ category: 'sample' }, 'Delta'],
      [{ genre: 'trap' }, 'Charlie Alpha'],
      [{ genre: 'lo_fi' }, 'Delta'],
      [{ tag: 'RAIN' }, 'Charlie Bravo'],
      [{ tag: 'night-drive' }, 'Alpha'],
      [{ mood: 'dark' }, 'Bravo Alpha'],
      [{ instrument: '808' }, 'Charlie Alpha'],
      [{ key: 'a_minor' }, 'Charlie Alpha'],
      [{ bpm_min: 92.5, bpm_max: 120 }, 'Delta Charlie'],
      [{ price_min: 2000, currency: 'USD' }, 'Charlie Bravo'],
      [{ price_max: 2000, currency: 'USD' }, 'Charlie Alpha'],
      [{ currency: 'EUR' }, 'Delta'],
      [{ duration_min: 1000, duration_max: 3000 }, 'Delta Charlie Bravo Alpha'],
      [{ duration_min: 100_000 }, ''],
      [{ producer: one.username }, 'Bravo Alpha'],
      [{ producer: two.id }, 'Delta Charlie'],
      [{ free: true }, 'Charlie'],
      [{ genre: 'trap', mood: 'dark', key: 'a_minor', bpm_min: 100, producer: one.id, category: 'beat', instrument: '808' }, 'Alpha'],
    ];
    for (const [query, expected] of rows) assert.equal(titles(await list(query)), expected, JSON.stringify(query));
    const repeated = await lathe().api.get('/specs?genre=trap&genre=drill');
    assert.equal(titles(expectStatus(repeated, 200)), 'Charlie Bravo Alpha');
    assert.equal(titles(await list({}, `/users/${one.username}/specs`)), 'Bravo Alpha');
    assert.equal(titles(await list({ genre: 'drill' }, `/users/${one.id}/specs`)), 'Bravo');
  });

  test('search forgives case, accents and unfinished words', async () => {
    const rows: [string, string][] = [
      ['alpha', 'Alpha'], ['ALPHA', 'Alpha'], ['ａｌｐｈａ', 'Alpha'], ['cafe', 'Charlie'], ['charl', 'Charlie'], ['café charl', 'Charlie'],
      ['rain', 'Charlie Bravo'], ['夜', 'Delta'], ['lo-fi', 'Delta'], [`${one.username} al`, 'Alpha'], ['nothing like it', ''],
      ['!!!', ''], ['" OR 1=1 --', ''], ["' & ! | ( :*", ''],
    ];
    for (const [q, expected] of rows) assert.equal(titles(await list({ q })), expected, q);
  });

  test('cursors walk every sort without gap or repeat', async () => {
    const rows: [Query, string][] = [
      [{ sort: 'newest' }, 'Delta Charlie Bravo Alpha'],
      [{ sort: 'oldest' }, 'Alpha Bravo Charlie Delta'],
      [{ sort: 'price_asc', currency: 'USD' }, 'Alpha Charlie Bravo'],
      [{ sort: 'price_desc', currency: 'USD' }, 'Bravo Charlie Alpha'],
      [{ sort: 'bpm_asc' }, 'Bravo Charlie Delta Alpha'],
      [{ sort: 'bpm_desc' }, 'Alpha Delta Charlie Bravo'],
      [{ sort: 'plays' }, 'Delta Charlie Bravo Alpha'],
      [{ sort: 'oldest', q: 'rain' }, 'Bravo Charlie'],
    ];
    for (const [query, expected] of rows) {
      for (const limit of [1, 2, 3, 100]) {
        const found: string[] = [];
        let cursor: string | null = null;
        do {
          const page: Json = await list({ ...query, limit, ...(cursor === null ? {} : { cursor }) });
          if (page.items.length > 0) found.push(titles(page));
          cursor = page.next_cursor;
        } while (cursor !== null);
        assert.equal(found.join(' '), expected, `${JSON.stringify(query)} by ${limit}`);
      }
    }
  });

  test('pages and totals', async () => {
    const page = await list({ page: 2, limit: 3 });
    assert.equal(titles(page), 'Alpha');
    assert.equal(page.total, 4);
    assert.equal(page.page, 2);
    assert.equal((await list({ with_total: true, genre: 'jazz' })).total, 0);
    assert.equal('total' in (await list()), false);
  });

  test('what cannot be asked is refused with the parameter', async () => {
    const rows: [Query, string][] = [
      [{ sort: 'price_asc' }, '/currency required'],
      [{ price_min: 5 }, '/currency required'],
      [{ limit: 101 }, '/limit max'],
      [{ sort: 'best' }, '/sort enum'],
      [{ cursor: 'nonsense' }, '/cursor cursor'],
      [{ colour: 'red' }, '/colour unknown'],
    ];
    for (const [query, violation] of rows) {
      const reply = await lathe().api.get('/specs', { query });
      assert.equal(reply.status, 422, JSON.stringify(query));
      expectViolations(reply, reply.body.code, [violation]);
    }
  });

  test('a new spec is in the list at once', async () => {
    assert.equal((await list({ genre: 'jazz' })).items.length, 0);
    const spec = await publishSpec(one, { title: 'Fresh', genres: ['jazz'] });
    assert.equal(titles(await list({ genre: 'jazz' })), 'Fresh');
    expectStatus(await one.api.patch(`/specs/${spec.id}`, { title: 'Fresher' }), 200);
    assert.equal(titles(await list({ genre: 'jazz' })), 'Fresher');
    assert.equal((await one.api.delete(`/specs/${spec.id}`)).status, 204);
    assert.equal((await list({ genre: 'jazz' })).items.length, 0);
  });

  test('owners list their drafts too', async () => {
    const own = expectStatus(await one.api.get('/me/specs', { query: { with_total: true } }), 200);
    assert.equal(titles(own), 'A Bravo Alpha');
    assert.equal(own.total, 3);
    assert.equal((await lathe().api.get('/me/specs')).status, 401);
  });

  test('tracks are the same recordings', async () => {
    const tracks = await list({ genre: 'trap' }, '/tracks');
    assert.equal(titles(tracks), 'Charlie Alpha');
    assert.equal('price' in tracks.items[0], false);
  });

  test('the dictionaries', async () => {
    const genres = await list({}, '/genres');
    assert.ok(genres.items.some((genre: Json) => genre.slug === 'hip-hop' && genre.name === 'Hip-Hop'));
    assert.equal((await list({}, '/moods')).items.length, 7);
    assert.equal((await list({}, '/instruments')).items.length, 9);
    assert.equal((await list({}, '/keys')).items.length, 24);
  });
});
