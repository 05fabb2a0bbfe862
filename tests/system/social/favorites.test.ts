// SPDX-License-Identifier: AGPL-3.0-or-later
// Favourites: marked, listed, taken away, counted.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('favourites', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, LATHE_BUS_POLL: '50ms' } });
  let producer: Person;
  let specs: Spec[];

  before(async () => {
    producer = await newPerson(lathe().api, 'producer');
    specs = [await publishSpec(producer, { title: 'One' }), await publishSpec(producer, { title: 'Two' }), await publishSpec(producer, { title: 'Three' })];
  });

  const titles = (page: Json): string[] => page.items.map((item: Json) => item.title);

  test('marks are listed newest first, once each, for their owner', async () => {
    const listener = await newPerson(lathe().api);
    for (const spec of [specs[0], specs[2], specs[0]]) assert.equal((await listener.api.put(`/specs/${spec?.id}/favorite`)).status, 204);
    const page = expectStatus(await listener.api.get('/me/favorites'), 200);
    assert.deepEqual(titles(page), ['Three', 'One']);
    assert.equal(page.items[0].producer.username, producer.username);
    const first = expectStatus(await listener.api.get('/me/favorites', { query: { limit: 1 } }), 200);
    const second = expectStatus(await listener.api.get('/me/favorites', { query: { limit: 1, cursor: first.next_cursor } }), 200);
    assert.deepEqual([...titles(first), ...titles(second)], ['Three', 'One']);
    assert.equal(second.next_cursor, null);
    assert.deepEqual(titles(expectStatus(await (await newPerson(lathe().api)).api.get('/me/favorites'), 200)), []);
    for (let i = 0; i < 2; i++) assert.equal((await listener.api.delete(`/specs/${specs[2]?.view.slug}/favorite`)).status, 204);
    assert.deepEqual(titles(expectStatus(await listener.api.get('/me/favorites'), 200)), ['One']);
  });

  test('marks are counted with the spec', async () => {
    const spec = specs[1] as Spec;
    const fans = [await newPerson(lathe().api), await newPerson(lathe().api)];
    const counted = async (count: number): Promise<void> => {
      await eventually(`${count} marks are counted`, async () => expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200).favorite_count === count);
    };
    for (const fan of fans) assert.equal((await fan.api.put(`/specs/${spec.id}/favorite`)).status, 204);
    await counted(2);
    assert.equal((await fans[0]?.api.delete(`/specs/${spec.id}/favorite`))?.status, 204);
    await counted(1);
  });

  test('what is not public can be neither marked nor seen', async () => {
    const listener = await newPerson(lathe().api);
    const spec = await publishSpec(producer, { title: 'Soon Gone' });
    assert.equal((await listener.api.put(`/specs/${spec.id}/favorite`)).status, 204);
    expectStatus(await producer.api.post(`/specs/${spec.id}/unpublish`), 200);
    assert.deepEqual(titles(expectStatus(await listener.api.get('/me/favorites'), 200)), []);
    assert.equal((await listener.api.put(`/specs/${spec.id}/favorite`)).status, 404);
    expectStatus(await producer.api.post(`/specs/${spec.id}/publish`), 200);
    assert.deepEqual(titles(expectStatus(await listener.api.get('/me/favorites'), 200)), ['Soon Gone']);
    expectProblem(await lathe().api.put(`/specs/${spec.id}/favorite`), 401, 'common.login_needed');
    expectProblem(await listener.api.get('/me/favorites', { query: { cursor: 'x' } }), 422, 'common.invalid');
  });
});
