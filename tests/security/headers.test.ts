// SPDX-License-Identifier: AGPL-3.0-or-later
// What every route's reply says to browsers and caches; cookies, other sites, forged writes. Each route of matrix.txt is called by
// nobody and by somebody logged in by cookie, over HTTPS as a proxy tells it and over plain HTTP.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { before, describe, test } from 'node:test';
import { expectStatus, type Json } from '../lib/api.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { inLanes } from '../lib/wait.ts';
import { type Answered, callRoute } from './call.ts';
import { readTable, type Row } from './table.ts';
import { World } from './world.ts';

const SHOP = 'https://shop.example.org';
const HTTPS = { 'x-forwarded-for': '192.0.2.7', 'x-forwarded-proto': 'https' };

/** Writes that use no authority of a cookie: they bring their own proof, or need none. */
const NO_CSRF = new Set([
  'POST /api/v1/auth/register', 'POST /api/v1/auth/login', 'POST /api/v1/auth/login/second-factor', 'POST /api/v1/auth/refresh', 'POST /api/v1/auth/verify-email', 'POST /api/v1/auth/resend-verification',
  'POST /api/v1/auth/forgot-password', 'POST /api/v1/auth/reset-password', 'POST /api/v1/webhooks/stripe', 'POST /api/v1/notifications/unsubscribe',
]);

describe('what replies say to browsers', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: { LATHE_TRUSTED_PROXIES: '127.0.0.1', LATHE_CORS_ORIGINS: SHOP, LATHE_LOG_LEVEL: 'error', LATHE_ACCESS_LOG: 'off' } });
  const rows = [...new Map(readTable().map((row) => [row.name, { ...row, objects: {} } as Row])).values()];
  let world: World;
  let person: Person;
  let contract: Json;
  let cookie: string;
  let cookies: string[];

  const logIn = async (): Promise<string[]> => {
    const reply = await lathe().api.post('/auth/login', { login: person.username, password: person.password }, { headers: HTTPS });
    expectStatus(reply, 200);
    return reply.headers.getSetCookie();
  };
  const pairOf = (name: string): string => cookies.map((each) => each.split(';')[0] ?? '').find((pair) => pair.startsWith(`${name}=`)) ?? '';

  before(async () => {
    contract = expectStatus(await lathe().api.root('GET', '/openapi.json'), 200);
    world = await World.create(lathe());
    person = await newPerson(lathe().api, 'producer');
    cookies = await logIn();
    cookie = pairOf('__Host-lathe_session');
  });

  const call = (row: Row, headers: Record<string, string>): Promise<Answered> => {
    const isCookie = 'cookie' in headers;
    return callRoute({ contract, world, row, person: isCookie ? person : undefined, token: undefined, made: {}, headers });
  };

  /** What is wrong with each row's reply, by the judgement. */
  const faults = async (headers: Record<string, string>, judge: (row: Row, reply: Answered) => string[], which: (row: Row) => boolean = () => true): Promise<string> => {
    const wrong = await inLanes(4, rows.filter(which), async (row) => {
      const reply = await call(row, headers);
      return judge(row, reply).map((fault) => `${row.name} ${reply.status}: ${fault}`);
    });
    return wrong.flat().join('\n');
  };

  const needsLogin = (row: Row): boolean => !contract.paths[row.path][row.method.toLowerCase()].security.some((one: Json) => Object.keys(one).length === 0);

  function commonFaults(row: Row, { status, headers }: Answered): string[] {
    if (status === 101) return [];
    const said = (name: string): string => headers.get(name) ?? '';
    const policy = said('content-security-policy');
    const cache = said('cache-control');
    const found: [boolean, string][] = [
      [said('x-content-type-options') !== 'nosniff', 'no nosniff'],
      [!['no-referrer', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin'].includes(said('referrer-policy')), 'no referrer policy'],
      [!/^default-src '(none|self)'/.test(policy) || !/frame-ancestors 'none'/.test(policy), `policy: ${policy}`],
      [/unsafe-inline|unsafe-eval|\*/.test(policy) || policy.includes(','), `policy is loose, or there are two: ${policy}`],
      [!/^(private, no-cache|no-store|public, max-age=\d+(, immutable)?)$/.test(cache), `cache: ${cache}`],
      [status >= 400 && cache !== 'no-store', `a refusal may be kept: ${cache}`],
      [needsLogin(row) && cache.startsWith('public'), `what is private may be kept by all: ${cache}`],
      [headers.has('server') || headers.has('x-powered-by'), 'names its software'],
      [headers.has('access-control-allow-credentials'), 'lets other sites use cookies'],
      [status >= 300 && status < 400 && !/^\/(?!\/)/.test(said('location')), `sends elsewhere: ${said('location')}`],
    ];
    return found.filter(([is]) => is).map(([, what]) => what);
  }

  test('on every route, for nobody, over HTTPS', async () => {
    const judge = (row: Row, reply: Answered): string[] => [
      ...commonFaults(row, reply),
      ...(reply.status === 101 || /^max-age=31536000; includeSubDomains$/.test(reply.headers.get('strict-transport-security') ?? '') ? [] : ['no HSTS']),
    ];
    assert.equal(await faults(HTTPS, judge), '');
  });

  test('on every route, over plain HTTP and from a site that is not named', async () => {
    const judge = (row: Row, reply: Answered): string[] => [
      ...commonFaults(row, reply),
      ...(reply.headers.has('strict-transport-security') ? ['HSTS without TLS'] : []),
      ...(reply.headers.has('access-control-allow-origin') ? ['another site may read it'] : []),
    ];
    assert.equal(await faults({ origin: 'https://elsewhere.example.org' }, judge), '');
  });

  test('on every route, for a session by cookie, and a site that is named', async () => {
    const judge = (row: Row, reply: Answered): string[] => [
      ...commonFaults(row, reply),
      ...(reply.status === 101 || reply.headers.get('access-control-allow-origin') === SHOP ? [] : ['the named site is not allowed']),
      ...(reply.status < 400 && (reply.headers.get('cache-control') ?? '').startsWith('public, max-age=60') ? ['what a session sees may be kept by all'] : []),
    ];
    const isRead = (row: Row): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(row.method) && row.path !== '/ws';
    assert.equal(await faults({ ...HTTPS, origin: SHOP, cookie }, judge, isRead), '');
  });

  test('every write by cookie wants the token that goes with it', async () => {
    const judge = (_: Row, { status, code }: Answered): string[] => (status === 403 && code === 'common.csrf' ? [] : [`${code} instead of common.csrf`]);
    const isWrite = (row: Row): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(row.method);
    const mayTry = (row: Row): boolean => isWrite(row) && !NO_CSRF.has(row.name) && !['403'].includes(row.answers.owner);
    assert.ok(rows.filter(mayTry).length > 60);
    for (const token of ['', 'AAAA', 'x'.repeat(64)]) {
      assert.equal(await faults({ ...HTTPS, cookie, ...(token ? { 'x-csrf-token': token } : {}) }, judge, mayTry), '', token);
    }
    const other = await newPerson(lathe().api);
    const login = await lathe().api.post('/auth/login', { login: other.username, password: other.password }, { headers: HTTPS });
    const foreign = login.headers.getSetCookie().map((each) => each.split(';')[0] ?? '').find((pair) => pair.startsWith('__Host-lathe_csrf='))?.split('=')[1] ?? '';
    const withForeign = await lathe().api.delete('/me/sessions', { headers: { ...HTTPS, cookie, 'x-csrf-token': foreign } });
    assert.equal(withForeign.status, 403);
    const own = pairOf('__Host-lathe_csrf').split('=')[1] ?? '';
    expectStatus(await lathe().api.patch('/me', { bio: 'Mine' }, { headers: { ...HTTPS, cookie, 'x-csrf-token': own } }), 200);
  });

  test('cookies are for this site, by HTTPS, and out of the reach of scripts', async () => {
    assert.deepEqual(cookies.map((each) => each.split('=')[0]).sort(), ['__Host-lathe_csrf', '__Host-lathe_refresh', '__Host-lathe_session']);
    for (const each of cookies) {
      assert.match(each, /; Secure(;|$)/, each);
      assert.match(each, /; SameSite=(Lax|Strict)(;|$)/, each);
      assert.match(each, /; Path=\/(;|$)/, each);
      assert.match(each, /; Max-Age=[1-9]/, each);
      assert.doesNotMatch(each, /; Domain=/, each);
      assert.equal(/; HttpOnly(;|$)/.test(each), !each.startsWith('__Host-lathe_csrf='), each);
    }
    const again = await logIn();
    const session = again.map((each) => each.split(';')[0] ?? '').join('; ');
    const csrf = /__Host-lathe_csrf=([^;]+)/.exec(session)?.[1] ?? '';
    const out = await lathe().api.post('/auth/logout', undefined, { headers: { ...HTTPS, cookie: session, 'x-csrf-token': csrf } });
    expectStatus(out, 204);
    assert.ok(out.headers.getSetCookie().every((each) => /; Max-Age=0/.test(each)));
    assert.equal((await lathe().api.get('/me', { headers: { ...HTTPS, cookie: session } })).status, 401);
  });

  test('a page of this site gets its tokens by cookie alone, others in the reply', async () => {
    const body = { login: person.username, password: person.password };
    const ask = async (path: string, sent: Json, headers: Record<string, string>): Promise<{ has: string[]; set: string[] }> => {
      const reply = await lathe().api.post(path, sent, { headers: { ...HTTPS, ...headers } });
      const { access_token, refresh_token, csrf_token } = expectStatus(reply, 200);
      assert.ok(csrf_token);
      for (const each of reply.headers.getSetCookie().filter((one) => /; HttpOnly/.test(one))) {
        const value = each.split(';')[0]?.split('=').slice(1).join('=') ?? '';
        assert.ok(value.length > 20);
        if (!access_token) assert.ok(!reply.text.includes(value), 'a cookie’s value is in the reply');
      }
      return { has: [access_token, refresh_token].filter(Boolean), set: reply.headers.getSetCookie() };
    };
    const page = await ask('/auth/login', body, { 'sec-fetch-site': 'same-origin' });
    assert.deepEqual([page.has, page.set.length], [[], 3]);
    const jar = page.set.map((each) => each.split(';')[0] ?? '').join('; ');
    const csrf = /__Host-lathe_csrf=([^;]+)/.exec(jar)?.[1] ?? '';
    const renewed = await ask('/auth/refresh', {}, { cookie: jar, 'x-csrf-token': csrf }); // of an older browser, too
    assert.deepEqual([renewed.has, renewed.set.length], [[], 3]);
    for (const site of ['none', 'cross-site', 'same-site', undefined]) {
      const { has } = await ask('/auth/login', body, site ? { 'sec-fetch-site': site } : {});
      assert.equal(has.length, 2, `${site}: players and sites of others have no cookie`);
    }
  });

  test('over HTTPS a cookie without the prefix, which another host may have set, is nobody’s', async () => {
    const bare = cookies.map((each) => (each.split(';')[0] ?? '').replace('__Host-', '')).join('; ');
    assert.equal((await lathe().api.get('/me', { headers: { ...HTTPS, cookie: bare } })).status, 401);
    const refresh = await lathe().api.post('/auth/refresh', {}, { headers: { ...HTTPS, cookie: bare, 'x-csrf-token': pairOf('__Host-lathe_csrf').split('=')[1] ?? '' } });
    assert.equal(refresh.status, 401);
  });

  test('over plain HTTP, as in development, a session works without the prefix', async () => {
    const login = await lathe().api.post('/auth/login', { login: person.username, password: person.password });
    const set = login.headers.getSetCookie();
    assert.deepEqual(set.map((each) => each.split('=')[0]).sort(), ['lathe_csrf', 'lathe_refresh', 'lathe_session']);
    assert.ok(set.every((each) => !/; Secure/.test(each)), 'a browser would drop them');
    expectStatus(await lathe().api.get('/me', { headers: { cookie: set.map((each) => each.split(';')[0]).join('; ') } }), 200);
  });

  test('TRACE and methods that no route has are answered by a refusal that echoes nothing', async () => {
    const ask = (method: string, path: string): Promise<{ status: number; text: string }> => new Promise((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: lathe().port, method, path, headers: { 'x-echo': 'said-by-us' } }, (reply) => {
        let text = '';
        reply.on('data', (part: Buffer) => (text += part.toString('latin1')));
        reply.on('end', () => resolve({ status: reply.statusCode ?? 0, text }));
      });
      call.on('error', reject).end();
    });
    for (const method of ['TRACE', 'PROPFIND', 'PURGE']) {
      for (const path of ['/', '/api/v1/specs', '/metrics']) {
        const { status, text } = await ask(method, path);
        assert.ok(status >= 400 && status < 502 && status !== 500, `${method} ${path}: ${status}`);
        assert.ok(!text.includes('said-by-us'), `${method} ${path}`);
      }
    }
  });

  test('a page of another site cannot open the socket with the session’s cookie', async () => {
    const row = rows.find(({ path }) => path === '/ws') as Row;
    assert.equal((await call(row, { ...HTTPS, cookie, origin: 'https://elsewhere.example.org' })).status, 403);
    assert.equal((await call(row, { ...HTTPS, cookie, origin: lathe().origin })).status, 101);
  });
});
