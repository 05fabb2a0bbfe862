// SPDX-License-Identifier: AGPL-3.0-or-later
// The program starts on an empty directory, says that it is alive and ready, and ends well when asked to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { expectProblem, expectStatus } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { metadata, TUS } from '../../lib/media.ts';
import { newPerson } from '../../lib/people.ts';
import { eventually } from '../../lib/wait.ts';

/** Whether nobody listens at the port. */
function isRefused(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ port, host: '127.0.0.1' });
    probe.once('connect', () => resolve(false)).once('error', () => resolve(true));
    probe.once('connect', () => probe.destroy());
  });
}

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

  test('asked to stop, it finishes what it has begun and takes nothing more', async () => {
    const person = await newPerson(lathe().api, 'producer');
    const bytes = Buffer.alloc(200_000, 7);
    const created = await person.api.post('/uploads', undefined, {
      key: null,
      headers: { ...TUS, 'upload-length': `${bytes.length}`, 'upload-metadata': metadata({ purpose: 'master' }) },
    });
    const { pathname } = new URL(expectStatus(created, 201) ?? created.headers.get('location'), lathe().origin);
    const socket = connect({ port: lathe().port, host: '127.0.0.1' });
    let reply = '';
    socket.setEncoding('utf8').on('data', (text: string) => (reply += text));
    const closed = once(socket, 'close');
    socket.write(
      `PATCH ${pathname} HTTP/1.1\r\nHost: lathe\r\nAuthorization: Bearer ${person.tokens.access_token}\r\nTus-Resumable: 1.0.0\r\n` +
        `Upload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\nContent-Length: ${bytes.length}\r\n\r\n`,
    );
    socket.write(bytes.subarray(0, 100_000));
    await eventually('the upload has begun, beside the question', async () => /^http_requests_in_progress [2-9]/m.test((await lathe().api.root('GET', '/metrics')).text));
    const stopped = lathe().stop(); // that it ends with 0 is judged there
    await eventually('it takes no more', () => isRefused(lathe().port));
    socket.write(bytes.subarray(100_000));
    await Promise.all([stopped, closed]);
    assert.match(reply, /^HTTP\/1\.1 204 /);
    assert.match(reply, /^connection: close\r$/im);
    await lathe().start();
    const head = await lathe().api.as(person.tokens.access_token).root('HEAD', pathname, { headers: TUS });
    assert.equal(head.headers.get('upload-offset'), `${bytes.length}`);
  });

  test('its log is one JSON object a line, where that is asked for', async () => {
    await lathe().restart({ LATHE_LOG_FORMAT: 'json', LATHE_LOG_LEVEL: 'debug' });
    const begun = lathe().output.length;
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    await lathe().api.root('GET', '/healthz', { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
    const lines = await eventually('the request is in the log', () => {
      const whole = lathe().output.slice(begun).split('\n').slice(0, -1);
      return whole.some((line) => line.includes(trace)) && whole;
    });
    for (const line of lines) {
      const { time, level, event } = JSON.parse(line) as Record<string, unknown>;
      assert.ok(time && event, line);
      assert.match(String(level), /^(debug|info|warn|error)$/);
    }
    await lathe().restart({ LATHE_LOG_FORMAT: 'json', LATHE_LOG_LEVEL: 'error' });
    const quiet = lathe().output.length;
    expectStatus(await lathe().api.root('GET', '/healthz'), 200);
    assert.equal(lathe().output.slice(quiet), '');
  });

  test('it starts again on the same data', async () => {
    await lathe().restart();
    expectStatus(await lathe().api.root('GET', '/readyz'), 200);
  });
});
