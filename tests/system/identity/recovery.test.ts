// SPDX-License-Identifier: AGPL-3.0-or-later
// Codes by mail: verification and a new password, through a real SMTP server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Json, expectProblem, expectStatus, expectViolations } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { sql } from '../../lib/leftovers.ts';
import { type Mail, type MailSink, startMailSink } from '../../lib/mail.ts';

const password = 'a long enough password';
let people = 0;

const codeOf = (mail: Mail): string => /\b(\d{6})\b/.exec(mail.text ?? '')?.[1] ?? '';

eachEngine('recovery', (engine) => {
  let sink: MailSink;
  before(async () => {
    sink = await startMailSink();
  });
  after(() => sink.stop());
  const lathe = useLathe(() => ({
    engine,
    settings: {
      LATHE_BCRYPT_COST: '5',
      LATHE_RATE_SCALE: '100000',
      LATHE_MAIL_URL: sink.url,
      LATHE_MAIL_REQUIRE_TLS: 'false',
      LATHE_MAIL_FROM: 'Lathe <shop@example.org>',
    },
  }));

  async function register(): Promise<Json> {
    people += 1;
    const person = { email: `r${people}${engine}@example.org`, username: `recover${people}`, password };
    const body = expectStatus(await lathe().api.post('/auth/register', person), 201);
    return { ...body, ...person };
  }

  test('the code of the first mail confirms the address, once', async () => {
    const person = await register();
    const mail = await sink.to(person.email);
    assert.match(mail.subject, /Confirm/);
    const use = { email: person.email, code: codeOf(mail) };
    expectStatus(await lathe().api.post('/auth/verify-email', use), 204);
    assert.equal(expectStatus(await lathe().api.as(person.access_token).get('/me'), 200).is_verified, true);
    expectViolations(await lathe().api.post('/auth/verify-email', use), 'identity.bad_code', ['/code code']);
  });

  test('five wrong codes spend it', async () => {
    const person = await register();
    const code = codeOf(await sink.to(person.email));
    const wrong = code === '111111' ? '222222' : '111111';
    for (let i = 0; i < 5; i++) {
      expectProblem(await lathe().api.post('/auth/verify-email', { email: person.email, code: wrong }), 422, 'identity.bad_code');
    }
    expectProblem(await lathe().api.post('/auth/verify-email', { email: person.email, code }), 422, 'identity.bad_code');
    expectStatus(await lathe().api.post('/auth/resend-verification', { email: person.email }), 204);
    const again = await sink.to(person.email, (mail) => codeOf(mail) !== code);
    expectStatus(await lathe().api.post('/auth/verify-email', { email: person.email, code: codeOf(again) }), 204);
  });

  test('a new password by code ends every session', async () => {
    const person = await register();
    expectStatus(await lathe().api.post('/auth/forgot-password', { email: person.email.toUpperCase() }), 204);
    const mail = await sink.to(person.email, (one) => /new password/.test(one.subject));
    const reset = { email: person.email, code: codeOf(mail), password: 'a brand new password' };
    expectStatus(await lathe().api.post('/auth/reset-password', reset), 204);
    expectProblem(await lathe().api.as(person.access_token).get('/me'), 401, 'identity.token_invalid');
    expectProblem(
      await lathe().api.post('/auth/login', { login: person.username, password }),
      401,
      'identity.bad_credentials',
    );
    expectStatus(await lathe().api.post('/auth/login', { login: person.username, password: reset.password }), 200);
    await sink.to(person.email, (one) => /password was changed/.test(one.subject));
  });

  test('whose password was changed is told by mail', async () => {
    const person = await register();
    const own = lathe().api.as(person.access_token);
    expectProblem(await own.post('/auth/change-password', { old_password: 'not this one', new_password: 'a brand new password' }), 401, 'identity.bad_credentials');
    expectStatus(await own.post('/auth/change-password', { old_password: password, new_password: 'a brand new password' }), 204);
    const mail = await sink.to(person.email, (one) => /password was changed/.test(one.subject));
    assert.doesNotMatch(mail.text ?? '', /brand new|\d{6}/);
    assert.equal(sink.all().filter((one) => one.to.includes(person.email) && /was changed/.test(one.subject)).length, 1, 'a refused change is no change');
  });

  test('of a code only a slow hash is kept, another for each', async () => {
    const [one, other] = [await register(), await register()];
    const kept = await sql(lathe(), 'select hash from email_code');
    assert.ok(kept.length >= 2);
    for (const [hash] of kept) assert.match(hash ?? '', /^\$2b\$05\$[./A-Za-z0-9]{53}$/);
    assert.equal(new Set(kept.map(([hash]) => hash)).size, kept.length);
    const use = { email: one.email, code: codeOf(await sink.to(other.email)) };
    if (use.code !== codeOf(await sink.to(one.email))) expectProblem(await lathe().api.post('/auth/verify-email', use), 422, 'identity.bad_code');
  });

  test('of many guesses at a time no more than five are judged', async () => {
    const person = await register();
    const code = codeOf(await sink.to(person.email));
    const wrong = Array.from({ length: 20 }, (_, i) => String(i).padStart(6, '1')).filter((each) => each !== code);
    await Promise.all(wrong.map(async (each) => expectProblem(await lathe().api.post('/auth/verify-email', { email: person.email, code: each }), 422, 'identity.bad_code')));
    const own = `where account_id = (select id from account where username = '${person.username}')`;
    assert.equal(Number((await sql(lathe(), `select attempts from email_code ${own}`))[0]?.[0]), 5);
    expectProblem(await lathe().api.post('/auth/verify-email', { email: person.email, code }), 422, 'identity.bad_code');
  });

  test('a code is good for ten minutes', async () => {
    const person = await register();
    const code = codeOf(await sink.to(person.email));
    const own = `where account_id = (select id from account where username = '${person.username}')`;
    const [row] = await sql(lathe(), `select expires_at from email_code ${own}`);
    const left_ms = Number(row?.[0]) / 1_000 - Date.now();
    assert.ok(left_ms > 0 && left_ms <= 600_000, `${left_ms} ms`);
    await sql(lathe(), `update email_code set expires_at = ${(Date.now() - 1) * 1_000} ${own}`); // as if they had passed
    expectProblem(await lathe().api.post('/auth/verify-email', { email: person.email, code }), 422, 'identity.bad_code');
  });

  test('strangers learn nothing from recovery', async () => {
    const person = await register();
    const asks = ['/auth/forgot-password', '/auth/resend-verification'];
    for (const path of asks) {
      const known = await lathe().api.post(path, { email: person.email });
      const unknown = await lathe().api.post(path, { email: 'nobody@example.org' });
      assert.equal(known.status, 204);
      assert.equal(unknown.status, 204);
    }
    const answers = [];
    for (const email of [person.email, 'nobody@example.org']) {
      const reply = await lathe().api.post('/auth/reset-password', { email, code: '000000', password: 'some other password' });
      answers.push({ ...expectProblem(reply, 422, 'identity.bad_code'), instance: '' });
    }
    assert.deepEqual(answers[0], answers[1]);
    assert.ok(!sink.all().some((mail) => mail.to.includes('nobody@example.org')));
  });

  test('no mail is sent twice', async () => {
    const person = await register();
    await sink.to(person.email);
    const ids = sink.all().map((mail) => mail.headers['Message-ID'] ?? mail.headers['message-id']);
    assert.ok(ids.every((id) => id !== undefined));
    assert.equal(new Set(ids).size, ids.length);
  });
});
