// SPDX-License-Identifier: AGPL-3.0-or-later
// Plays, downloads, favourites and purchases: counted once, shown to the owner, the same after a rebuild.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { buy, itemOf, license, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('analytics', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, LATHE_BUS_POLL: '50ms' } });
  let producer: Person;
  let hit: Spec;
  let other: Spec;

  before(async () => {
    producer = await newPerson(lathe().api, 'producer');
    hit = await publishSpec(producer, { title: 'The Hit', free_mp3_enabled: true, licenses: [license('basic', 1500)] });
    other = await publishSpec(producer, { title: 'The Other', licenses: [license('basic', 9900)] });
  });

  const play = async (person: Person, spec: Spec, seconds?: number): Promise<boolean> =>
    expectStatus(await person.api.post(`/specs/${spec.id}/plays`, seconds === undefined ? {} : { seconds }), 200).counted;
  const numbers = async (spec: Spec): Promise<Json> => expectStatus(await producer.api.get(`/specs/${spec.id}/analytics`), 200);

  test('everything is counted once', async () => {
    const listener = await newPerson(lathe().api);
    assert.equal(await play(listener, hit, 0), false);
    assert.equal(await play(listener, hit, 31), true);
    assert.equal(await play(listener, hit, 31), false);
    assert.equal(await play(listener, other), true);
    assert.equal(expectStatus(await lathe().api.post(`/specs/${hit.id}/plays`, { seconds: 30 }, { headers: { 'user-agent': 'somebody' } }), 200).counted, true);
    expectStatus(await listener.api.post(`/specs/${hit.id}/download-free`), 200);
    assert.equal((await listener.api.put(`/specs/${hit.id}/favorite`)).status, 204);
    await buy(listener, [itemOf(other, 'basic')]);

    await eventually('all of it is counted', async () => {
      const now = expectStatus(await producer.api.get('/analytics/overview'), 200).total;
      return now.plays === 3 && now.downloads === 1 && now.favorites === 1 && now.purchases === 1;
    });
    const view = await numbers(hit);
    assert.deepEqual(view.total, { plays: 2, downloads: 1, favorites: 1, purchases: 0 });
    assert.equal(view.series.length, 30);
    assert.equal(view.series.at(-1).plays, 2);
    assert.equal(view.series.at(-1).date, new Date().toISOString().slice(0, 10));
    assert.deepEqual((await numbers(other)).revenue, [{ amount: 9900, currency: 'USD' }]);
    const shown = expectStatus(await lathe().api.get(`/specs/${hit.id}`), 200);
    assert.deepEqual([shown.play_count, shown.favorite_count, shown.purchase_count], [2, 1, 0]);
  });

  test('the best come first', async () => {
    const top = async (query: Record<string, string | number>): Promise<string[]> =>
      expectStatus(await producer.api.get('/analytics/top-specs', { query }), 200).items.map((item: Json) => item.title);
    assert.deepEqual(await top({}), ['The Hit', 'The Other']);
    assert.deepEqual(await top({ sort: 'purchases' }), ['The Other', 'The Hit']);
    assert.deepEqual(await top({ sort: 'revenue', currency: 'USD' }), ['The Other']);
    assert.deepEqual(await top({ limit: 1 }), ['The Hit']);
    expectViolations(await producer.api.get('/analytics/top-specs', { query: { sort: 'revenue' } }), 'common.invalid', ['/currency required']);
    const popular = expectStatus(await lathe().api.get('/specs', { query: { sort: 'plays' } }), 200);
    assert.deepEqual(popular.items.map((item: Json) => item.title), ['The Hit', 'The Other']);
  });

  test('numbers are for the owner', async () => {
    const stranger = await newPerson(lathe().api, 'producer');
    expectProblem(await stranger.api.get(`/specs/${hit.id}/analytics`), 403, 'common.forbidden');
    assert.equal((await lathe().api.get(`/specs/${hit.id}/analytics`)).status, 401);
    assert.equal((await lathe().api.post('/specs/nothing-here/plays', {})).status, 404);
    assert.deepEqual(expectStatus(await stranger.api.get('/analytics/overview'), 200).total, { plays: 0, downloads: 0, favorites: 0, purchases: 0 });
  });

  test('a rebuild gives the same', async () => {
    const before = await numbers(hit);
    await lathe().stop();
    const rebuilt = await lathe().run(['rebuild', 'analytics.counters']);
    assert.equal(rebuilt.code, 0, rebuilt.output);
    await lathe().start();
    producer.api = lathe().api.as(producer.tokens.access_token);
    assert.deepEqual(await numbers(hit), before);
  });
});
