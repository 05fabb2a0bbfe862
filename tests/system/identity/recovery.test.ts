// SPDX-License-Identifier: AGPL-3.0-or-later
// Codes by mail: verification and a new password, through a real SMTP server.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Json, expectProblem, expectStatus, expectViolations } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
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
    const mail = await sink.to(person.email, (one) => /password/.test(one.subject));
    const reset = { email: person.email, code: codeOf(mail), password: 'a brand new password' };
    expectStatus(await lathe().api.post('/auth/reset-password', reset), 204);
    expectProblem(await lathe().api.as(person.access_token).get('/me'), 401, 'identity.token_invalid');
    expectProblem(
      await lathe().api.post('/auth/login', { login: person.username, password }),
      401,
      'identity.bad_credentials',
    );
    expectStatus(await lathe().api.post('/auth/login', { login: person.username, password: reset.password }), 200);
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
