// SPDX-License-Identifier: AGPL-3.0-or-later
// What holds for every route: problem documents, methods, queries, bodies, tokens, cookies, keys, tracing, CORS, reference pages.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { test } from 'node:test';
import { expectProblem, expectStatus, type Reply } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson } from '../../lib/people.ts';
import { eventually } from '../../lib/wait.ts';

const SHOP = 'https://shop.example.org';

/** The lines of a raw exchange on a connection of its own, for what no client would send. */
function rawExchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let reply = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.setEncoding('utf8').on('data', (text: string) => (reply += text));
    socket.once('close', () => resolve(reply)).once('error', reject);
  });
}

eachEngine('the edge', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_CORS_ORIGINS: SHOP } });

  test('a method that a path does not take is 405 and says which it takes', async () => {
    const reply = await lathe().api.delete('/auth/login');
    expectProblem(reply, 405, 'common.method_not_allowed');
    assert.match(reply.headers.get('allow') ?? '', /\bPOST\b/);
  });

  test('what needs a log-in is 401 without one, and 401 with a token of somebody else’s making', async () => {
    expectProblem(await lathe().api.get('/me'), 401, 'common.login_needed');
    const forged = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiIwMWExZjgzYS0xOGRjLTc2ZmEtYTdkOS1mYjBjMDhlNWNiMDcifQ.';
    expectProblem(await lathe().api.as(forged).get('/me'), 401, 'identity.token_invalid');
  });

  test('malformed JSON is refused with its line and column', async () => {
    const reply = await lathe().api.post('/auth/login', undefined, {
      raw: '{"login": "ada",\n "password": nope}',
      headers: { 'content-type': 'application/json' },
    });
    const problem = expectProblem(reply, 400, 'common.malformed_json');
    assert.match(problem.detail ?? '', /line 2/);
  });

  test('a body of another type, and none at all, are refused', async () => {
    const asText = { raw: 'login=ada', headers: { 'content-type': 'text/plain' } };
    expectProblem(await lathe().api.post('/auth/login', undefined, asText), 415, 'common.unsupported_media_type');
    const empty = await rawExchange(
      lathe().port,
      'POST /api/v1/auth/login HTTP/1.1\r\nHost: lathe\r\nConnection: close\r\n\r\n',
    );
    assert.match(empty, /^HTTP\/1\.1 400 /);
    assert.equal(JSON.parse(empty.slice(empty.indexOf('{'))).code, 'common.body_missing');
  });

  test('a body over its limit is refused', async () => {
    const reply = await lathe().api.post('/auth/login', { login: 'x'.repeat(300_000), password: 'y' });
    assert.equal(reply.status, 413, reply.text);
  });

  test('a browser’s cookie writes only with the token that goes with it', async () => {
    const person = await newPerson(lathe().api);
    const login = await lathe().api.post('/auth/login', { login: person.email, password: person.password });
    const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(';')[0] as string);
    const session = login.headers.getSetCookie().find((cookie) => cookie.startsWith('lathe_session='));
    assert.match(session ?? '', /; HttpOnly/);
    assert.match(session ?? '', /; SameSite=(?:Lax|Strict)/);
    const cookie = cookies.join('; ');
    expectStatus(await lathe().api.get('/me', { headers: { cookie } }), 200);
    expectProblem(await lathe().api.delete('/me/sessions', { headers: { cookie } }), 403, 'common.csrf');
    const csrf = cookies.find((one) => one.startsWith('lathe_csrf='))?.split('=')[1] as string;
    const reply = await lathe().api.delete('/me/sessions', { headers: { cookie, 'x-csrf-token': csrf } });
    assert.ok(reply.status < 300, reply.text);
  });

  test('a trace is continued and a request id given', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const reply = await lathe().api.root('GET', '/healthz', { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } });
    assert.match(reply.headers.get('x-request-id') ?? '', /^[\w-]{8,}$/);
    await eventually('the trace in the log', () => lathe().output.includes(`trace_id=${trace}`));
  });

  test('another site may call when it is named, and not otherwise', async () => {
    const preflight = (origin: string): Promise<Reply> =>
      lathe().api.call('OPTIONS', '/specs', {
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      });
    const allowed = await preflight(SHOP);
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get('access-control-allow-origin'), SHOP);
    assert.match(allowed.headers.get('access-control-allow-headers') ?? '', /authorization/i);
    assert.equal((await preflight('https://elsewhere.example.org')).headers.get('access-control-allow-origin'), null);
  });

  test('ambiguous framing is refused and the connection closed', async () => {
    const both = 'POST /api/v1/auth/login HTTP/1.1\r\nHost: lathe\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    const reply = await rawExchange(lathe().port, `${both}GET /healthz HTTP/1.1\r\nHost: lathe\r\n\r\n`);
    assert.match(reply, /^HTTP\/1\.1 400 /);
    assert.equal(reply.match(/HTTP\/1\.1 /g)?.length, 1);
  });

  test('the metrics are as Prometheus wants them', async () => {
    const reply = await lathe().api.root('GET', '/metrics');
    expectStatus(reply, 200);
    assert.match(reply.text, /^http_requests_total\{status="2xx"\} [1-9]/m);
    const failed = /^http_requests_total\{status="5xx"\} (\d+)$/m.exec(reply.text)?.[1]; // "not ready" while it started, if at all
    assert.match(reply.text, new RegExp(`^http_server_errors_total ${failed}$`, 'm'));
    assert.match(reply.text, /^db_lane_seconds_count\{lane="\w+"\} [1-9]/m);
    assert.match(reply.text, /^process_resident_memory_bytes [1-9]/m);
    const linted = execFileSync('promtool', ['check', 'metrics'], { input: reply.text, encoding: 'utf8' });
    assert.equal(linted, '');
  });

  test('figures are for private networks, by the address that a trusted proxy tells', async () => {
    const status = async (client: string): Promise<number> => (await lathe().api.root('GET', '/metrics', { headers: { 'x-forwarded-for': client } })).status;
    await lathe().restart({ LATHE_TRUSTED_PROXIES: '127.0.0.1' });
    for (const client of ['8.8.8.8', '2606:4700::1111', '10.0.0.9, 8.8.8.8']) assert.equal(await status(client), 404, client);
    for (const client of ['10.0.0.9', '192.168.1.2', 'fd00::1', '8.8.8.8, 10.0.0.9']) assert.equal(await status(client), 200, client);
    await lathe().restart({ LATHE_TRUSTED_PROXIES: '127.0.0.1', LATHE_METRICS_PUBLIC: 'on' });
    assert.equal(await status('8.8.8.8'), 200);
    await lathe().restart();
    assert.equal(await status('8.8.8.8'), 200, 'what a stranger says of itself is nothing');
  });

  test('the reference is served', async () => {
    const contract = expectStatus(await lathe().api.root('GET', '/openapi.json'), 200);
    assert.equal(contract.openapi, '3.1.0');
    assert.ok(contract.paths['/api/v1/auth/login'].post);
    for (const [path, type] of [['/docs', 'text/html'], ['/docs/errors', 'text/html'], ['/docs/style.css', 'text/css']]) {
      const reply = await lathe().api.root('GET', path as string);
      assert.equal(reply.status, 200);
      assert.match(reply.headers.get('content-type') ?? '', new RegExp(`^${type}`));
    }
  });

  test('JSON is compressed for those who take it, and only when it pays', async () => {
    const plain = await lathe().api.root('GET', '/openapi.json', { headers: { 'accept-encoding': 'identity' } });
    assert.equal(plain.headers.get('content-encoding'), null);
    for (const encoding of ['gzip', 'br']) {
      const packed = await lathe().api.root('GET', '/openapi.json', { headers: { 'accept-encoding': encoding } });
      assert.equal(packed.headers.get('content-encoding'), encoding);
      assert.match(packed.headers.get('vary') ?? '', /accept-encoding/i);
      assert.ok(Number(packed.headers.get('content-length')) < plain.text.length / 3);
      assert.deepEqual(packed.body, plain.body);
    }
    const small = await lathe().api.root('GET', '/healthz', { headers: { 'accept-encoding': 'gzip, br' } });
    assert.equal(small.headers.get('content-encoding'), null);
  });

  test('what is wrong with a request is told in one order', async () => {
    const listener = await newPerson(lathe().api);
    const text = { raw: 'no JSON', headers: { 'content-type': 'text/plain' } };
    expectProblem(await lathe().api.post('/no-such-thing', undefined, text), 404, 'common.no_such_path');
    expectProblem(await lathe().api.put('/specs', undefined, text), 405, 'common.method_not_allowed');
    expectProblem(await lathe().api.post('/specs', undefined, text), 401, 'common.login_needed');
    expectProblem(await listener.api.post('/specs', undefined, text), 403, 'common.not_allowed');
    const producer = await newPerson(lathe().api, 'producer');
    const key = 'k'.repeat(300);
    expectProblem(await producer.api.post('/specs', undefined, { ...text, key }), 415, 'common.unsupported_media_type');
    expectProblem(await producer.api.post('/specs', { title: '' }, { key }), 400, 'idempotency.bad_key');
    expectProblem(await producer.api.post('/specs', { title: '' }), 422, 'common.invalid');
  });

  test('any other path is the page', async () => {
    const reply = await lathe().api.root('GET', '/studio/uploads');
    assert.equal(reply.status, 200);
    assert.match(reply.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(reply.headers.get('content-security-policy') ?? '', /script-src 'self'/);
    assert.doesNotMatch(reply.headers.get('content-security-policy') ?? '', /unsafe-inline/);
  });
});

eachEngine('limits', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_RATE_LIMITS: 'on', LATHE_RATE_SCALE: '10' } });

  test('who asks too often is told so, and when to come back', async () => {
    let last: Reply | undefined;
    for (let i = 0; i < 400 && last?.status !== 429; i++) {
      last = await lathe().api.post('/auth/login', { login: 'nobody', password: 'nothing at all' });
    }
    expectProblem(last as Reply, 429, 'common.rate_limited');
    assert.ok(Number(last?.headers.get('retry-after')) >= 1);
    assert.equal(last?.headers.get('ratelimit-remaining'), '0');
  });
});

eachEngine('more than can be done', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_LOOPS: '1', LATHE_OVERLOAD_CROWD: '1', LATHE_BCRYPT_COST: '10' } });

  test('what can wait is refused with a time to come back; what may not is done, and so is the next', async () => {
    const login = (): Promise<Reply> => lathe().api.post('/auth/login', { login: 'nobody', password: 'nothing at all' });
    const replies = await Promise.all(Array.from({ length: 20 }, login));
    const refused = replies.filter((reply) => reply.status === 503);
    assert.ok(refused.length > 0 && refused.length < replies.length, `${refused.length} of ${replies.length} refused`);
    for (const reply of refused) {
      expectProblem(reply, 503, 'common.overloaded');
      assert.ok(Number(reply.headers.get('retry-after')) >= 1);
    }
    expectStatus(await lathe().api.root('GET', '/healthz'), 200);
    expectProblem(await login(), 401, 'identity.bad_credentials');
  });
});
