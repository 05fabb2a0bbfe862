// SPDX-License-Identifier: AGPL-3.0-or-later
// The second factor: on, a log-in in two calls, recovery codes, off; what does not get around it; staff that has to have one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { appCode, challengeOf, freshCode, turnOn } from '../../lib/factor.ts';
import { newOfficial } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { sql } from '../../lib/leftovers.ts';
import { type MailSink, startMailSink } from '../../lib/mail.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { eventually } from '../../lib/wait.ts';

const WRONG = ['000000', '111111', '222222', '333333'];
/** A code that is not this one. */
const otherThan = (code: string): string => WRONG.find((each) => each !== code) ?? '';

eachEngine('the second factor', (engine) => {
  let sink: MailSink;
  before(async () => {
    sink = await startMailSink();
  });
  after(() => sink.stop());
  const lathe = useLathe(() => ({
    engine,
    settings: { LATHE_MAIL_URL: sink.url, LATHE_MAIL_REQUIRE_TLS: 'false', LATHE_MAIL_FROM: 'Lathe <shop@example.org>', LATHE_SHOP_NAME: 'Tide & Voss' },
  }));

  const logIn = (person: Person) => lathe().api.post('/auth/login', { login: person.username, password: person.password });
  const second = (challenge: string, code: string) => lathe().api.post('/auth/login/second-factor', { challenge, code });
  const told = (person: Person, subject: RegExp) => sink.to(person.email, (mail) => subject.test(mail.subject));

  test('is on once its owner has shown a code', async () => {
    const person = await newPerson(lathe().api);
    const elsewhere = lathe().api.as(expectStatus(await logIn(person), 200).access_token);
    const { api } = person;
    assert.deepEqual(expectStatus(await api.get('/me/second-factor'), 200), { is_on: false, confirmed_at: null, recovery_codes_left: 0 });
    expectProblem(await api.post('/me/second-factor/confirm', { code: '123456' }), 409, 'identity.second_factor_off');
    expectProblem(await api.post('/me/second-factor', { password: 'not this one' }), 401, 'identity.bad_credentials');
    const setup = expectStatus(await api.post('/me/second-factor', { password: person.password }), 201);
    assert.match(setup.secret, /^[A-Z2-7]{32}$/);
    const uri = new URL(setup.uri);
    assert.equal(`${uri.protocol}//${uri.host}`, 'otpauth://totp');
    assert.equal(decodeURIComponent(uri.pathname), `/Tide & Voss:${person.email}`);
    assert.deepEqual(Object.fromEntries(uri.searchParams), { secret: setup.secret, issuer: 'Tide & Voss', algorithm: 'SHA1', digits: '6', period: '30' });
    expectStatus(await logIn(person), 200); // nothing is on before a code was given

    const code = await appCode(setup.secret);
    expectViolations(await api.post('/me/second-factor/confirm', { code: otherThan(code) }), 'identity.bad_code', ['/code code']);
    const { codes } = expectStatus(await api.post('/me/second-factor/confirm', { code }), 200);
    assert.equal(codes.length, 10);
    for (const [place, each] of codes.entries()) assert.match(each, new RegExp(`^${place}-[A-Z2-7]{5}-[A-Z2-7]{5}$`));
    const state = expectStatus(await api.get('/me/second-factor'), 200);
    assert.deepEqual([state.is_on, state.recovery_codes_left], [true, 10]);
    expectStatus(await api.get('/me'), 200);
    expectProblem(await elsewhere.get('/me'), 401, 'identity.token_invalid');
    expectProblem(await api.post('/me/second-factor', { password: person.password }), 409, 'identity.second_factor_on');
    expectProblem(await api.post('/me/second-factor/confirm', { code }), 409, 'identity.second_factor_on');
    await told(person, /asks for a second factor/);
  });

  test('a log-in takes two calls, and a challenge and a code are good once', async () => {
    const person = await newPerson(lathe().api);
    const { secret, used } = await turnOn(person);
    const reply = await logIn(person);
    const problem = expectProblem(reply, 401, 'identity.second_factor_required') as Json;
    assert.deepEqual(reply.headers.getSetCookie(), []);
    assert.equal(problem.challenge_expires_in, 300);
    expectProblem(await lathe().api.as(problem.challenge).get('/me'), 401, 'identity.token_invalid');
    expectProblem(await lathe().api.post('/auth/refresh', { refresh_token: problem.challenge }), 401, 'identity.token_invalid');

    expectViolations(await second(problem.challenge, used), 'identity.bad_code', ['/code code']);
    const next = await appCode(secret, 1); // a clock half a minute ahead
    const session = await second(problem.challenge, `${next.slice(0, 3)} ${next.slice(3)}`);
    const tokens = expectStatus(session, 200);
    assert.equal(session.headers.getSetCookie().length, 3);
    expectStatus(await lathe().api.as(tokens.access_token).get('/me'), 200);
    expectStatus(await lathe().api.post('/auth/refresh', { refresh_token: tokens.refresh_token }), 200);
    expectProblem(await second(problem.challenge, await freshCode(lathe(), person, secret)), 401, 'identity.challenge_invalid');
    const later = await challengeOf(lathe(), person);
    const code = await freshCode(lathe(), person, secret);
    expectStatus(await second(later, code), 200);
    expectViolations(await second(await challengeOf(lathe(), person), code), 'identity.bad_code', ['/code code']);
  });

  test('a challenge ends by time, by the next one, and with the password', async () => {
    const person = await newPerson(lathe().api);
    const { secret } = await turnOn(person);
    const use = async (challenge: string) => second(challenge, await freshCode(lathe(), person, secret));
    const [first, other] = [await challengeOf(lathe(), person), await challengeOf(lathe(), person)];
    expectProblem(await use(first), 401, 'identity.challenge_invalid');
    const own = `where account_id = (select id from account where username = '${person.username}')`;
    const left_ms = Number((await sql(lathe(), `select challenge_expires_at from second_factor ${own}`))[0]?.[0]) / 1_000 - Date.now();
    assert.ok(left_ms > 0 && left_ms <= 300_000, `${left_ms} ms`);
    await sql(lathe(), `update second_factor set challenge_expires_at = ${(Date.now() - 1) * 1_000} ${own}`); // as if they had passed
    expectProblem(await use(other), 401, 'identity.challenge_invalid');
    for (const made_up of ['', 'x', 'A'.repeat(64), `${other.slice(0, -1)}A`]) {
      const reply = await second(made_up, '000000');
      assert.ok(made_up === '' ? reply.status === 422 : reply.body.code === 'identity.challenge_invalid', reply.text);
    }
    const before_change = await challengeOf(lathe(), person);
    expectStatus(await person.api.post('/auth/change-password', { old_password: person.password, new_password: 'a brand new password' }), 204);
    expectProblem(await use(before_change), 401, 'identity.challenge_invalid');
  });

  test('a recovery code stands for the app, once', async () => {
    const person = await newPerson(lathe().api);
    const { codes } = await turnOn(person);
    const code = codes[3] ?? '';
    expectStatus(await second(await challengeOf(lathe(), person), code.toLowerCase().replaceAll('-', '')), 200);
    expectViolations(await second(await challengeOf(lathe(), person), code), 'identity.bad_code', ['/code code']);
    expectViolations(await second(await challengeOf(lathe(), person), `4${(codes[5] ?? '').slice(1)}`), 'identity.bad_code', ['/code code']);
    assert.equal(expectStatus(await person.api.get('/me/second-factor'), 200).recovery_codes_left, 9);
    const kept = await sql(lathe(), `select hash from recovery_code where account_id = (select id from account where username = '${person.username}')`);
    assert.equal(kept.length, 9);
    for (const [hash] of kept) assert.match(hash ?? '', /^\$2b\$04\$[./A-Za-z0-9]{53}$/);
    await told(person, /recovery code was used/);
  });

  test('of one recovery code many uses at a time are one', async () => {
    const person = await newPerson(lathe().api);
    const { codes } = await turnOn(person);
    const challenge = await challengeOf(lathe(), person);
    const replies = await Promise.all(Array.from({ length: 6 }, () => second(challenge, codes[0] ?? '')));
    assert.deepEqual(replies.map(({ status }) => status).filter((status) => status === 200), [200]);
  });

  test('new recovery codes need password and code, and end the old ones', async () => {
    const person = await newPerson(lathe().api);
    const { secret, codes } = await turnOn(person);
    const renew = (password: string, code: string) => person.api.post('/me/second-factor/recovery-codes', { password, code });
    const code = await freshCode(lathe(), person, secret);
    expectProblem(await renew('not this one', code), 401, 'identity.bad_credentials');
    expectViolations(await renew(person.password, otherThan(code)), 'identity.bad_code', ['/code code']);
    const renewed = expectStatus(await renew(person.password, code), 200).codes;
    expectViolations(await second(await challengeOf(lathe(), person), codes[1] ?? ''), 'identity.bad_code', ['/code code']);
    expectStatus(await second(await challengeOf(lathe(), person), renewed[1]), 200);
    assert.equal(expectStatus(await renew(person.password, renewed[2]), 200).codes.length, 10); // by one that is about to go
    await told(person, /made anew/);
  });

  test('turning it off needs password and code', async () => {
    const person = await newPerson(lathe().api);
    const { secret } = await turnOn(person);
    const off = (password: string, code: string) => person.api.delete('/me/second-factor', { body: { password, code } });
    const elsewhere = lathe().api.as(expectStatus(await second(await challengeOf(lathe(), person), await freshCode(lathe(), person, secret)), 200).access_token);
    const code = await freshCode(lathe(), person, secret);
    expectProblem(await off('not this one', code), 401, 'identity.bad_credentials');
    expectViolations(await off(person.password, otherThan(code)), 'identity.bad_code', ['/code code']);
    expectStatus(await off(person.password, code), 204);
    expectProblem(await off(person.password, code), 409, 'identity.second_factor_off');
    expectProblem(await elsewhere.get('/me'), 401, 'identity.token_invalid');
    expectStatus(await logIn(person), 200);
    await told(person, /turned off/);
    await turnOn(person); // and on again
  });

  test('guessing ends after eight wrong codes, many at a time too', async () => {
    const person = await newPerson(lathe().api);
    const { secret, codes } = await turnOn(person);
    const challenge = await challengeOf(lathe(), person);
    const wrong = otherThan(await appCode(secret));
    const replies = await Promise.all(Array.from({ length: 20 }, () => second(challenge, wrong)));
    const by = (code: string) => replies.filter((reply) => reply.body.code === code).length;
    assert.deepEqual([by('identity.bad_code'), by('identity.locked')], [8, 12]);
    const locked = await second(challenge, await freshCode(lathe(), person, secret));
    expectProblem(locked, 429, 'identity.locked');
    assert.ok(Number(locked.headers.get('retry-after')) > 60);
    expectProblem(await second(challenge, codes[0] ?? ''), 429, 'identity.locked');
    expectProblem(await person.api.delete('/me/second-factor', { body: { password: person.password, code: codes[0] } }), 429, 'identity.locked');
    await challengeOf(lathe(), person); // the password is another matter
  });

  test('a new password by mail does not get around it', async () => {
    const person = await newPerson(lathe().api);
    const { secret } = await turnOn(person);
    const before_reset = await challengeOf(lathe(), person);
    expectStatus(await lathe().api.post('/auth/forgot-password', { email: person.email }), 204);
    const mail = await told(person, /new password/);
    const code = /\b(\d{6})\b/.exec(mail.text ?? '')?.[1];
    expectStatus(await lathe().api.post('/auth/reset-password', { email: person.email, code, password: 'a brand new password' }), 204);
    expectProblem(await second(before_reset, await freshCode(lathe(), person, secret)), 401, 'identity.challenge_invalid');
    const challenge = await challengeOf(lathe(), { ...person, password: 'a brand new password' });
    expectStatus(await second(challenge, await freshCode(lathe(), person, secret)), 200);
  });

  test('the operator takes it away from who has lost the app', async () => {
    const person = await newPerson(lathe().api);
    await turnOn(person);
    const taken = await lathe().run(['user', 'remove-second-factor', '--username', person.username]);
    assert.equal(taken.code, 0, taken.output);
    expectStatus(await logIn(person), 200);
    await told(person, /taken away/);
    const again = await lathe().run(['user', 'remove-second-factor', '--username', person.username]);
    assert.notEqual(again.code, 0);
    assert.match(again.output, /has no second factor/);
  });

  test('it goes with the account', async () => {
    const person = await newPerson(lathe().api);
    await turnOn(person);
    expectStatus(await person.api.delete('/me', { body: { password: person.password } }), 204);
    for (const table of ['second_factor', 'recovery_code']) {
      assert.deepEqual(await sql(lathe(), `select count(*) from ${table} where account_id in (select id from account where deleted_at is not null)`), [['0']]);
    }
  });

  test('the log tells of each change and refusal, and of no code', async () => {
    const { output } = lathe();
    for (const event of ['on', 'off', 'codes_renewed', 'refused']) assert.match(output, new RegExp(`identity\\.second_factor\\.${event}\\b`));
    assert.match(output, /identity\.login\.challenged/);
    assert.match(output, /identity\.login\.accepted.*factor="?recovery code/);
    assert.doesNotMatch(output, /\b\d-[A-Z2-7]{5}-[A-Z2-7]{5}\b/);
  });
});

eachEngine('staff that has to have a second factor', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_STAFF_SECOND_FACTOR: 'on' } });

  test('does nothing as staff without it, and everything with it', async () => {
    const [admin, listener] = [await newOfficial(lathe(), 'admin'), await newPerson(lathe().api)];
    const act = (who: Person) => who.api.post('/categories', { name: `Shelf ${performance.now()}` });
    const me = async (who: Person): Promise<Json> => expectStatus(await who.api.get('/me'), 200);

    assert.equal(admin.tokens.user.needs_second_factor, true);
    assert.ok(!admin.tokens.user.permissions.includes('category:admin') && admin.tokens.user.permissions.includes('item:publish'));
    assert.equal((await me(admin)).needs_second_factor, true);
    const refused = expectProblem(await act(admin), 403, 'common.second_factor_needed');
    assert.match(refused.detail ?? '', /turn it on in your account/);
    assert.equal((await me(listener)).needs_second_factor, false);
    expectProblem(await act(listener), 403, 'common.not_allowed');

    const known = (await admin.api.get('/me')).headers.get('etag') ?? '';
    expectStatus(await admin.api.get('/me', { headers: { 'if-none-match': known } }), 304);
    const { secret } = await turnOn(admin); // this session has it from now on
    expectStatus(await admin.api.get('/me', { headers: { 'if-none-match': known } }), 200);
    assert.deepEqual([(await me(admin)).needs_second_factor, (await me(admin)).permissions.includes('category:admin')], [false, true]);
    expectStatus(await act(admin), 201);
    const renewed = expectStatus(await lathe().api.post('/auth/refresh', { refresh_token: admin.tokens.refresh_token }), 200);
    assert.equal(renewed.user.needs_second_factor, false);
    const opened = await lathe().api.post('/auth/login/second-factor', { challenge: await challengeOf(lathe(), admin), code: await freshCode(lathe(), admin, secret) });
    const tokens = expectStatus(opened, 200);
    assert.ok(tokens.user.permissions.includes('category:admin'));
    const again = { ...admin, api: lathe().api.as(tokens.access_token) };
    expectStatus(await act(again), 201);

    expectStatus(await again.api.delete('/me/second-factor', { body: { password: admin.password, code: await freshCode(lathe(), admin, secret) } }), 204);
    expectProblem(await act(again), 403, 'common.second_factor_needed');
  });

  test('moderators read no reports without it', async () => {
    const moderator = await newOfficial(lathe(), 'moderator');
    expectProblem(await moderator.api.get('/moderation/reports'), 403, 'common.second_factor_needed');
    await turnOn(moderator);
    expectStatus(await moderator.api.get('/moderation/reports'), 200);
  });
});

eachEngine('after a change of the root secret', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_SECRET: 'the first root secret of this instance' } });

  test('codes of the app are none any more, and recovery codes lead to a new one', async () => {
    const person = await newPerson(lathe().api);
    const { secret, codes } = await turnOn(person);
    await lathe().restart({ LATHE_SECRET: 'another root secret of this instance' });
    const second = async (code: string) => lathe().api.post('/auth/login/second-factor', { challenge: await challengeOf(lathe(), person), code });
    expectProblem(await second(await freshCode(lathe(), person, secret)), 422, 'identity.bad_code');
    await eventually('the log tells', () => lathe().output.includes('identity.second_factor.unreadable'));
    const own = lathe().api.as(expectStatus(await second(codes[0] ?? ''), 200).access_token);
    expectStatus(await own.delete('/me/second-factor', { body: { password: person.password, code: codes[1] } }), 204);
    const again = await turnOn({ ...person, api: own });
    expectStatus(await second(await freshCode(lathe(), person, again.secret)), 200);
  });
});
