// SPDX-License-Identifier: AGPL-3.0-or-later
// What routes declare of themselves: who may call, which parameters there are, that a request with a key is done once.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { expectProblem, expectStatus, type Reply } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson, specDraft } from '../../lib/people.ts';

eachEngine('routes', (engine) => {
  const lathe = useLathe({ engine });

  test('a listener may not publish', async () => {
    const listener = await newPerson(lathe().api);
    expectProblem(await listener.api.post('/specs', specDraft()), 403, 'common.not_allowed');
  });

  test('a query that cannot be decoded is refused', async () => {
    expectProblem(await lathe().api.root('GET', '/api/v1/specs?q=%zz'), 400, 'common.bad_query');
  });

  test('an unknown or wrong parameter is named', async () => {
    const problem = expectProblem(await lathe().api.get('/specs', { query: { limit: 0, colour: 'red' } }), 422, 'common.invalid');
    assert.deepEqual(problem.violations?.map((violation) => violation.pointer).sort(), ['/colour', '/limit']);
  });

  test('a request with a key is done once', async () => {
    const producer = await newPerson(lathe().api, 'producer');
    const [draft, key] = [specDraft(), randomUUID()];
    const first = expectStatus(await producer.api.post('/specs', draft, { key }), 201);
    const again = await producer.api.post('/specs', draft, { key });
    assert.equal(expectStatus(again, 201).id, first.id);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    expectProblem(await producer.api.post('/specs', specDraft(), { key }), 422, 'idempotency.mismatch');
    const other = await newPerson(lathe().api, 'producer');
    assert.notEqual(expectStatus(await other.api.post('/specs', draft, { key }), 201).id, first.id);
  });

  test('a key survives a restart', async () => {
    const producer = await newPerson(lathe().api, 'producer');
    const [draft, key] = [specDraft(), randomUUID()];
    const first = expectStatus(await producer.api.post('/specs', draft, { key }), 201);
    await lathe().restart();
    const again = await lathe().api.as(producer.tokens.access_token).post('/specs', draft, { key });
    assert.equal(expectStatus(again, 201).id, first.id);
  });

  test('many requests with one key at once make one thing', async () => {
    const producer = await newPerson(lathe().api, 'producer');
    const [draft, key] = [specDraft(), randomUUID()];
    const replies: Reply[] = await Promise.all(Array.from({ length: 12 }, () => producer.api.post('/specs', draft, { key })));
    const made = new Set(replies.filter((reply) => reply.status === 201).map((reply) => reply.body.id));
    assert.equal(made.size, 1);
    for (const reply of replies.filter((one) => one.status !== 201)) expectProblem(reply, 409, 'idempotency.running');
  });

  test('a key that is none is refused', async () => {
    const producer = await newPerson(lathe().api, 'producer');
    expectProblem(await producer.api.post('/specs', specDraft(), { key: 'k'.repeat(256) }), 400, 'idempotency.bad_key');
  });
});
