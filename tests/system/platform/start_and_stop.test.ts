// SPDX-License-Identifier: AGPL-3.0-or-later
// The program starts on an empty directory, says that it is alive and ready, and ends well when asked to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectProblem, expectStatus } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';

eachEngine('start and stop', (engine) => {
  const lathe = useLathe({ engine });

  test('it is alive and ready', async () => {
    for (const path of ['/healthz', '/readyz', '/health']) {
      expectStatus(await lathe().api.root('GET', path), 200);
    }
  });

  test('the typed client speaks to it', async () => {
    const { data } = await lathe().api.typed().GET('/readyz');
    assert.equal(data?.status, 'ready');
  });

  test('a path that is not there is a problem document', async () => {
    expectProblem(await lathe().api.get('/no-such-thing'), 404, 'common.no_such_path');
  });

  test('every reply carries a request id', async () => {
    const reply = await lathe().api.root('GET', '/healthz');
    assert.match(reply.headers.get('x-request-id') ?? '', /^[\w-]{8,}$/);
  });

  test('it starts again on the same data', async () => {
    await lathe().restart();
    expectStatus(await lathe().api.root('GET', '/readyz'), 200);
  });
});
