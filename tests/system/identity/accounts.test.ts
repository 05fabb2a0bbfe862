// SPDX-License-Identifier: AGPL-3.0-or-later
// Registration, log-in, tokens and sessions (AUTH-01…13, 15…18, X-03).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type Api, type Json, expectProblem, expectStatus, expectViolations } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';

const password = 'a long enough password';
let people = 0;

function newcomer(more: Json = {}): Json {
  people += 1;
  return { email: `p${people}@example.org`, username: `person${people}`, password, ...more };
}

async function register(api: Api, more: Json = {}): Promise<Json> {
  const person = newcomer(more);
  const body = expectStatus(await api.post('/auth/register', person), 201);
  return { ...body, ...person };
}

eachEngine('accounts', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_BCRYPT_COST: '5', LATHE_RATE_SCALE: '100000' } });

  test('a newcomer registers, is logged in and is who they say', async () => {
    const person = await register(lathe().api, { role: 'producer', display_name: 'Nadia Voss' });
    const me = expectStatus(await lathe().api.as(person.access_token).get('/me'), 200);
    assert.equal(me.email, person.email);
    assert.equal(me.display_name, 'Nadia Voss');
    assert.deepEqual(me.roles, ['producer']);
    assert.equal(me.is_verified, false);
    assert.equal(decodeProtectedHeader(person.access_token).alg, 'HS256');
    const claims = decodeJwt(person.access_token) as Json;
    assert.equal(claims.sub, me.id);
    assert.equal(claims.email, person.email);
    assert.equal(claims.role, 'producer');
    assert.ok(claims.exp > claims.iat);
  });

  test('login works by address and by name, in any case', async () => {
    const person = await register(lathe().api);
    for (const login of [person.email, person.email.toUpperCase(), person.username, person.username.toUpperCase()]) {
      const body = expectStatus(await lathe().api.post('/auth/login', { login, password }), 200);
      assert.equal(body.user.id, person.user.id);
      assert.equal(body.token_type, 'Bearer');
    }
    const me = expectStatus(await lathe().api.as(person.access_token).get('/me'), 200);
    assert.ok(me.last_login_at);
  });

  test('address and name are taken once, whatever their case', async () => {
    const person = await register(lathe().api);
    expectProblem(
      await lathe().api.post('/auth/register', newcomer({ email: person.email.toUpperCase() })),
      409,
      'identity.email_taken',
    );
    expectProblem(
      await lathe().api.post('/auth/register', newcomer({ username: person.username.toUpperCase() })),
      409,
      'identity.username_taken',
    );
  });

  test('every mistake of a registration is named at once', async () => {
    const reply = await lathe().api.post('/auth/register', {
      email: 'nobody',
      username: '-',
      password: 'short',
      role: 'admin',
      is_admin: true,
    });
    expectViolations(reply, 'common.invalid', [
      '/email email',
      '/username min_length',
      '/password min_length',
      '/role enum',
      '/is_admin unknown',
    ]);
  });

  test('weak passwords are refused', async () => {
    for (const weak of ['password1', 'aaaaaaaaab', 'person@example.com']) {
      const reply = await lathe().api.post('/auth/register', newcomer({ email: 'person@example.com', password: weak }));
      expectViolations(reply, 'identity.weak_password', ['/password password']);
    }
  });

  test('a password of 200 bytes counts to its last byte', async () => {
    const long = 'x1y2'.repeat(50);
    const person = await register(lathe().api, { password: long });
    expectStatus(await lathe().api.post('/auth/login', { login: person.username, password: long }), 200);
    const reply = await lathe().api.post('/auth/login', { login: person.username, password: `${long.slice(0, -1)}z` });
    expectProblem(reply, 401, 'identity.bad_credentials');
  });

  test('an unknown login and a wrong password look the same', async () => {
    const person = await register(lathe().api);
    const wrong = await lathe().api.post('/auth/login', { login: person.username, password: 'not this one' });
    const unknown = await lathe().api.post('/auth/login', { login: 'nobody-at-all', password: 'not this one' });
    const shape = (reply: typeof wrong) => ({ ...expectProblem(reply, 401, 'identity.bad_credentials'), instance: '' });
    assert.deepEqual(shape(wrong), shape(unknown));
  });

  test('too many failures lock the login out, existing or not', async () => {
    const person = await register(lathe().api);
    for (const login of [person.username, 'nobody-else']) {
      let locked = false;
      for (let i = 0; i < 12 && !locked; i++) {
        const reply = await lathe().api.post('/auth/login', { login, password: 'wrong wrong wrong' });
        locked = reply.status === 429;
        if (locked) {
          expectProblem(reply, 429, 'identity.locked');
          assert.ok(Number(reply.headers.get('retry-after')) > 0);
        }
      }
      assert.ok(locked, `${login} was never locked out`);
    }
    expectProblem(await lathe().api.post('/auth/login', { login: person.username, password }), 429, 'identity.locked');
  });

  test('tokens that are not ours are refused', async () => {
    const person = await register(lathe().api);
    const [head, payload, signature] = person.access_token.split('.') as [string, string, string];
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    const changed = Buffer.from(JSON.stringify({ ...decodeJwt(person.access_token), role: 'admin' })).toString('base64url');
    for (const token of [
      'x',
      `${head}.${payload}.`,
      `${none}.${payload}.`,
      `${head}.${changed}.${signature}`,
      `${head}.${payload}.${signature.slice(0, -2)}AA`,
    ]) {
      expectProblem(await lathe().api.as(token).get('/me'), 401, 'identity.token_invalid');
    }
    expectProblem(await lathe().api.get('/me'), 401, 'common.login_needed');
  });

  test('a refresh token is good once; an older one ends the session', async () => {
    const person = await register(lathe().api);
    const second = expectStatus(await lathe().api.post('/auth/refresh', { refresh_token: person.refresh_token }), 200);
    expectStatus(await lathe().api.as(second.access_token).get('/me'), 200);
    expectProblem(
      await lathe().api.post('/auth/refresh', { refresh_token: person.refresh_token }),
      401,
      'identity.refresh_reused',
    );
    expectProblem(await lathe().api.as(second.access_token).get('/me'), 401, 'identity.token_invalid');
    expectProblem(
      await lathe().api.post('/auth/refresh', { refresh_token: second.refresh_token }),
      401,
      'identity.token_invalid',
    );
  });

  test('a logout ends the session at once, and only that one', async () => {
    const person = await register(lathe().api);
    const other = expectStatus(await lathe().api.post('/auth/login', { login: person.username, password }), 200);
    expectStatus(await lathe().api.as(person.access_token).post('/auth/logout'), 204);
    expectProblem(await lathe().api.as(person.access_token).get('/me'), 401, 'identity.token_invalid');
    expectStatus(await lathe().api.as(other.access_token).get('/me'), 200);
  });

  test('sessions are listed and ended one by one or all but this', async () => {
    const person = await register(lathe().api);
    const others = [];
    for (let i = 0; i < 3; i++) {
      others.push(expectStatus(await lathe().api.post('/auth/login', { login: person.username, password }), 200));
    }
    const api = lathe().api.as(person.access_token);
    const list = expectStatus(await api.get('/me/sessions'), 200);
    assert.equal(list.items.length, 4);
    assert.equal(list.items.filter((item: Json) => item.is_current).length, 1);
    const victim = list.items.find((item: Json) => !item.is_current);
    expectStatus(await api.delete(`/me/sessions/${victim.id}`), 204);
    expectProblem(await api.delete(`/me/sessions/${victim.id}`), 404, 'common.not_found');
    expectStatus(await api.delete('/me/sessions'), 204);
    assert.equal(expectStatus(await api.get('/me/sessions'), 200).items.length, 1);
    for (const other of others) {
      expectProblem(await lathe().api.as(other.access_token).get('/me'), 401, 'identity.token_invalid');
    }
  });

  test("nobody ends somebody else's session", async () => {
    const person = await register(lathe().api);
    const stranger = await register(lathe().api);
    const own = expectStatus(await lathe().api.as(person.access_token).get('/me/sessions'), 200).items[0];
    expectProblem(await lathe().api.as(stranger.access_token).delete(`/me/sessions/${own.id}`), 404, 'common.not_found');
    expectStatus(await lathe().api.as(person.access_token).get('/me'), 200);
  });

  test('a change of password ends the other sessions', async () => {
    const person = await register(lathe().api);
    const other = expectStatus(await lathe().api.post('/auth/login', { login: person.username, password }), 200);
    const api = lathe().api.as(person.access_token);
    expectProblem(
      await api.post('/auth/change-password', { old_password: 'not it', new_password: 'another good one' }),
      401,
      'identity.bad_credentials',
    );
    expectStatus(await api.post('/auth/change-password', { old_password: password, new_password: 'another good one' }), 204);
    expectStatus(await api.get('/me'), 200);
    expectProblem(await lathe().api.as(other.access_token).get('/me'), 401, 'identity.token_invalid');
    expectStatus(await lathe().api.post('/auth/login', { login: person.username, password: 'another good one' }), 200);
  });

  test('the browser session needs its CSRF token on writes', async () => {
    const person = newcomer();
    const reply = await lathe().api.post('/auth/register', person);
    expectStatus(reply, 201);
    const cookies = reply.headers.getSetCookie();
    assert.ok(cookies.find((cookie) => cookie.startsWith('lathe_session=') && /HttpOnly/i.test(cookie)));
    assert.ok(cookies.find((cookie) => cookie.startsWith('lathe_csrf=') && !/HttpOnly/i.test(cookie)));
    const cookie = cookies.map((line) => line.split(';')[0]).join('; ');
    expectStatus(await lathe().api.get('/me', { headers: { cookie } }), 200);
    expectProblem(await lathe().api.delete('/me/sessions', { headers: { cookie } }), 403, 'common.csrf');
    const csrf = { cookie, 'x-csrf-token': reply.body.csrf_token };
    expectStatus(await lathe().api.delete('/me/sessions', { headers: csrf }), 204);
    expectProblem(await lathe().api.post('/auth/refresh', {}, { headers: { cookie } }), 403, 'identity.csrf');
    expectStatus(await lathe().api.post('/auth/refresh', {}, { headers: csrf }), 200);
  });

  test('everything about an account can be taken along, and it can be forgotten', async () => {
    const person = await register(lathe().api);
    const api = lathe().api.as(person.access_token);
    const exported = expectStatus(await api.get('/me/export'), 200);
    assert.equal(exported.account.email, person.email);
    expectProblem(await api.delete('/me', { body: { password: 'wrong' } }), 401, 'identity.bad_credentials');
    expectStatus(await api.delete('/me', { body: { password } }), 204);
    expectProblem(await api.get('/me'), 401, 'identity.token_invalid');
    expectProblem(
      await lathe().api.post('/auth/login', { login: person.username, password }),
      401,
      'identity.bad_credentials',
    );
    expectStatus(await lathe().api.post('/auth/register', { email: person.email, username: person.username, password }), 201);
  });

  test('sessions outlive a restart', async () => {
    const person = await register(lathe().api);
    await lathe().restart();
    expectStatus(await lathe().api.as(person.access_token).get('/me'), 200);
  });

  test('neither passwords nor tokens are in the log or the database file', async () => {
    const secret = 'canary-password-7391';
    const person = await register(lathe().api, { password: secret });
    await lathe().stop();
    assert.ok(!lathe().output.includes(secret));
    assert.ok(!lathe().output.includes(person.refresh_token));
    const { readFileSync, readdirSync } = await import('node:fs');
    for (const name of readdirSync(lathe().data).filter((file) => file.startsWith('lathe.db'))) {
      const bytes = readFileSync(`${lathe().data}/${name}`);
      for (const canary of [secret, person.refresh_token, person.access_token]) assert.ok(!bytes.includes(canary));
    }
    await lathe().start();
  });
});
