// SPDX-License-Identifier: AGPL-3.0-or-later
// Whom Lathe believes that it speaks to: the payment provider, the mail server and PostgreSQL, each with a good certificate and with
// one thing wrong. To one that cannot prove who it is nothing is said, neither inside of TLS nor in the clear.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Certificate, Authority } from '../lib/certificates.ts';
import { Lathe, serveIsMissing } from '../lib/lathe.ts';
import { temporaryFolder } from '../lib/paths.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { itemOf, license, publishSpec, type Spec } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';
import { mailServer, postgresServer, stripeServer, type TlsServer } from './tls_servers.ts';

const servers: Record<'stripe' | 'mail' | 'postgres', TlsServer> = { stripe: stripeServer(), mail: mailServer(), postgres: postgresServer() };

describe('a server that cannot prove who it is', { skip: serveIsMissing() }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let trusted: Authority;
  let lathe: Lathe;
  let buyer: Person;
  let spec: Spec;
  let good: Certificate;
  const bad: [what: string, certificate: Certificate][] = [];

  before(async () => {
    folder = await temporaryFolder('certificates');
    trusted = new Authority(folder.path, 'trusted');
    const stranger = new Authority(folder.path, 'stranger');
    const hosts = ['localhost'];
    good = trusted.sign({ hosts });
    bad.push(
      ['by an authority that nobody knows', stranger.sign({ hosts })],
      ['signed by itself', { certificate: stranger.certificate, key: stranger.certificate.replace(/crt$/, 'key') }],
      ['of another host', trusted.sign({ hosts: ['elsewhere.example.org', '127.0.0.1'] })],
      ['that has ended', trusted.sign({ hosts, days: -1 })],
    );
    await Promise.all(Object.values(servers).map((server) => server.listen()));
    lathe = await Lathe.start({
      settings: {
        LATHE_CA_FILE: trusted.certificate,
        LATHE_JOBS_POLL: '50ms',
        LATHE_LOG_FORMAT: 'json',
        LATHE_MAIL_URL: `smtp://localhost:${servers.mail.port}`,
        LATHE_STRIPE_API_URL: `https://localhost:${servers.stripe.port}`,
        LATHE_STRIPE_SECRET_KEY: 'sk_test_0123456789abcdef',
        LATHE_STRIPE_PUBLISHABLE_KEY: 'pk_test_0123456789abcdef',
        LATHE_STRIPE_WEBHOOK_SECRET: 'whsec_0123456789abcdef0123456789abcdef',
      },
    });
    servers.mail.certificate = good;
    buyer = await newPerson(lathe.api);
    spec = await publishSpec(await newPerson(lathe.api, 'producer'), { licenses: [license('basic', 2000)] });
    await eventually('the mails of those who came are out', () => servers.mail.trusted.filter((text) => /^RCPT/i.test(text)).length >= 2);
  });
  after(async () => {
    await lathe?.dispose();
    await Promise.all(Object.values(servers).map((server) => server.close()));
    await folder?.remove();
  });

  const pay = async (): Promise<number> => (await buyer.api.post('/orders', { items: [itemOf(spec, 'basic')], provider: 'stripe', terms_accepted: true })).status;

  test('as the payment provider', async () => {
    const { stripe } = servers;
    for (const [what, certificate] of bad) {
      stripe.forget();
      stripe.certificate = certificate;
      assert.ok((await pay()) >= 400, what);
      assert.ok(stripe.connections > 0, `${what}: it was called`);
      assert.deepEqual(stripe.trusted, [], what);
    }
    stripe.forget();
    stripe.certificate = good;
    await pay();
    assert.match(stripe.trusted.join(''), /^POST \/v1\/payment_intents.*sk_test_0123456789abcdef/s, 'with a good one it is asked');
  });

  test('as the mail server', async () => {
    const { mail } = servers;
    const failures = (): number => lathe.output.split('\n').filter((line) => line.includes('"mail.send"')).length;
    for (const [what, certificate] of [...bad, ['without any', undefined] as const]) {
      mail.forget();
      mail.certificate = certificate;
      const [told, { email }] = [failures(), await newPerson(lathe.api)];
      await eventually(`${what}: the log tells that it was not sent`, () => failures() > told);
      assert.ok(mail.connections > 0, `${what}: it was called`);
      assert.deepEqual(mail.trusted, [], what);
      const said = mail.clear.join('');
      assert.doesNotMatch(said, /MAIL FROM|RCPT|AUTH/i, what);
      assert.ok(!said.includes(email), what);
    }
    mail.forget();
    mail.certificate = good;
    const { email } = await newPerson(lathe.api);
    await eventually('with a good one it is sent', () => mail.trusted.join('').includes(email));
  });

  test('as PostgreSQL', async () => {
    const { postgres } = servers;
    const ask = async (certificate: Certificate | undefined): Promise<string> => {
      postgres.forget();
      postgres.certificate = certificate;
      const url = `postgresql://lathe:hidden-word@localhost:${postgres.port}/lathe?sslmode=verify-full&sslrootcert=${trusted.certificate}`;
      const { code, output } = await lathe.run(['migrate'], { LATHE_DATABASE_URL: url });
      assert.notEqual(code, 0);
      assert.ok(postgres.connections > 0, output);
      return output;
    };
    for (const [what, certificate] of [...bad, ['without any', undefined] as const]) {
      const output = await ask(certificate);
      assert.deepEqual([postgres.trusted, postgres.clear], [[], []], `${what}: ${output}`);
    }
    await ask(good);
    assert.match(postgres.trusted.join(''), /user\0lathe\0/, 'with a good one it begins to speak');
  });
});
