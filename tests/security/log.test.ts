// SPDX-License-Identifier: AGPL-3.0-or-later
// What the log tells of who came in, who was refused and what staff did: one line each, with who and from where, and without what
// was typed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../lib/api.ts';
import { newOfficial } from '../lib/goods.ts';
import { serveIsMissing, useLathe } from '../lib/lathe.ts';
import { newPerson, specDraft } from '../lib/people.ts';
import { eventually } from '../lib/wait.ts';

const PASSWORD = 'a wholly new password';

describe('what the log tells', { skip: serveIsMissing() }, () => {
  const lathe = useLathe({ settings: { LATHE_LOG_LEVEL: 'info', LATHE_LOG_FORMAT: 'json', LATHE_ACCESS_LOG: 'off' } });

  const lines = (): Json[] => lathe().output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  /** The lines of one event that say this; they are written a moment after the reply. */
  const told = (event: string, fields: Json): Promise<Json> =>
    eventually(`${event} ${JSON.stringify(fields)} in the log`, () => lines().find((line) => line.event === event && Object.entries(fields).every(([name, value]) => line[name] === value)));

  test('log-ins, failed ones, the lock, and the end of a session', async () => {
    const { api } = lathe();
    const person = await newPerson(api);
    const id = person.tokens.user.id;
    await told('identity.account.registered', { login_account_id: id, client: '127.0.0.1' });
    const login = expectStatus(await api.post('/auth/login', { login: person.username, password: person.password }), 200);
    const line = await told('identity.login.accepted', { login_account_id: id, client: '127.0.0.1' });
    assert.match(line.session_id, /^[0-9a-f-]{36}$/);
    assert.match(line.time, /^\d{4}-\d\d-\d\dT.*Z$/);
    expectStatus(await api.as(login.access_token).post('/auth/logout'), 204);
    await told('identity.session.ended', { session_id: line.session_id, account_id: id });

    for (let i = 0; i < 8; i++) expectProblem(await api.post('/auth/login', { login: person.username, password: `no, it is ${i}` }), 401, 'identity.bad_credentials');
    const failed = await told('identity.login.failed', { login_account_id: id, reason: 'credentials', client: '127.0.0.1' });
    expectProblem(await api.post('/auth/login', { login: person.username, password: person.password }), 429, 'identity.locked');
    assert.equal((await told('identity.login.failed', { reason: 'locked' })).attempt, failed.attempt, 'tries at one name can be told from others');
    await api.post('/auth/login', { login: 'nobody at all', password: 'no, it is not' });
    const unknown = await told('identity.login.failed', { reason: 'credentials', login_account_id: '00000000-0000-0000-0000-000000000000' });
    assert.notEqual(unknown.attempt, failed.attempt);
  });

  test('passwords that are changed, proofs that fail, accounts that end', async () => {
    const { api } = lathe();
    const person = await newPerson(api);
    const own = api.as(person.tokens.access_token);
    const who = { account_id: person.tokens.user.id, client: '127.0.0.1' };
    expectProblem(await own.post('/auth/change-password', { old_password: 'not the one', new_password: PASSWORD }), 401, 'identity.bad_credentials');
    await told('identity.password.proof_refused', who);
    expectStatus(await own.post('/auth/change-password', { old_password: person.password, new_password: PASSWORD }), 204);
    await told('identity.password.changed', who);
    expectProblem(await api.post('/auth/reset-password', { email: person.email, code: '000000', password: `${PASSWORD} too` }), 422, 'identity.bad_code');
    await told('identity.password.code_refused', { login_account_id: person.tokens.user.id, client: '127.0.0.1' });
    expectStatus(await own.delete('/me', { body: { password: PASSWORD } }), 204);
    await told('identity.account.deleted', who);
  });

  test('what is refused, and what staff does', async () => {
    const { api } = lathe();
    const person = await newPerson(api);
    const own = api.as(person.tokens.access_token);
    const route = '/api/v1/categories';
    expectProblem(await own.post('/categories', { name: 'Mine' }), 403, 'common.not_allowed');
    await told('gateway.refused', { reason: 'common.not_allowed', method: 'POST', route, account_id: person.tokens.user.id, client: '127.0.0.1' });
    expectProblem(await api.as('eyJhbGciOiJub25lIn0.e30.').get('/me'), 401, 'identity.token_invalid');
    await told('gateway.refused', { reason: 'identity.token_invalid', route: '/api/v1/me' });
    const draft = expectStatus(await (await newPerson(api, 'producer')).api.post('/specs', specDraft()), 201);
    expectProblem(await own.get(`/specs/${draft.id}`), 404, 'common.not_found');
    await told('gateway.unseen', { reason: 'common.not_found', method: 'GET', route: '/api/v1/specs/{key}', account_id: person.tokens.user.id, client: '127.0.0.1' });
    const admin = await newOfficial(lathe(), 'admin');
    expectStatus(await api.as(admin.tokens.access_token).post('/categories', { name: 'A shelf' }), 201);
    await told('gateway.staff.acted', { permission: 'category:admin', method: 'POST', route, account_id: admin.tokens.user.id, client: '127.0.0.1' });
    assert.equal(lines().filter(({ event, account_id }) => event === 'gateway.staff.acted' && account_id !== admin.tokens.user.id).length, 0);
    expectProblem(await api.get('/me'), 401, 'common.login_needed');
    assert.equal(lines().filter(({ reason }) => reason === 'common.login_needed').length, 0, 'who is asked to log in is no event');
    assert.ok(!lathe().output.includes(draft.id), 'what is hidden is not named');
  });

  test('and nothing of it can be typed', () => {
    const { output } = lathe();
    for (const typed of [PASSWORD, 'no, it is', 'nobody at all', 'a long enough password', '@example.org', 'eyJ']) assert.ok(!output.includes(typed), typed);
  });
});
