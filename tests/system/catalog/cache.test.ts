// SPDX-License-Identifier: AGPL-3.0-or-later
// What is read often comes from the loop's cache, and never stale (CACHE-02 to CACHE-05, OBS-14).
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { license, newSeller, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { settled } from '../../lib/leftovers.ts';
import { eventually } from '../../lib/wait.ts';

type Lookups = { hits: number; misses: number };

eachEngine('the cache', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, LATHE_LOOPS: '1' } }); // each loop has its own
  let spec: Spec;

  before(async () => {
    spec = await publishSpec(await newSeller(lathe()), { title: 'Often Heard', licenses: [license('basic', 500)] });
    await settled(lathe());
  });

  async function lookups(space: string): Promise<Lookups> {
    const { text } = await lathe().api.root('GET', '/metrics');
    const value = (name: string): number => Number(new RegExp(`^cache_${name}_total\\{space="${space}"\\} (\\d+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    return { hits: value('hits'), misses: value('misses') };
  }

  /** How many lookups of the space were answered from the cache, and how many were not, while this was done. */
  async function during(space: string, work: () => Promise<unknown>): Promise<Lookups> {
    const earlier = await lookups(space);
    await work();
    const later = await lookups(space);
    return { hits: later.hits - earlier.hits, misses: later.misses - earlier.misses };
  }

  const detail = async (): Promise<Json> => expectStatus(await lathe().api.get(`/specs/${spec.id}`), 200);
  const listed = async (): Promise<Json> => expectStatus(await lathe().api.get('/specs', { query: { q: 'often heard' } }), 200);

  for (const [what, space, read] of [
    ['one spec', 'catalog.spec', detail],
    ['a list', 'catalog.list', listed],
  ] as const) {
    test(`${what} that was read is answered from the cache`, async () => {
      const first = await read();
      // An entry lives for a second, which may end in the middle of a round.
      await eventually('a round without a miss', async () => {
        const { hits, misses } = await during(space, async () => {
          for (let i = 0; i < 5; i++) assert.deepEqual(await read(), first);
        });
        assert.equal(hits + misses, 5);
        return misses === 0;
      });
    });
  }

  test('a change shows at once, although it was cached', async () => {
    for (const title of ['Often Heard Again', 'Often Heard Still']) {
      await Promise.all([detail(), listed()]);
      expectStatus(await spec.seller.api.patch(`/specs/${spec.id}`, { title }), 200);
      assert.equal((await detail()).title, title);
      assert.equal((await listed()).items[0].title, title);
    }
  });
});
