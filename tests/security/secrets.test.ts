// SPDX-License-Identifier: AGPL-3.0-or-later
// Secrets: a fresh start makes its own and refuses to run without; what people and the operator keep secret cannot be read again in
// the database, in the data directory or in the log.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { randomBytes } from 'node:crypto';
import { expectProblem, expectStatus, type Json } from '../lib/api.ts';
import { bid, lotSettings, newLot, payWin, readLot, untilStatus } from '../lib/auctions.ts';
import { Child } from '../lib/child.ts';
import { challengeOf, turnOn } from '../lib/factor.ts';
import { engines, Lathe, serveIsMissing, type Settings, useLathe } from '../lib/lathe.ts';
import { settled, sql } from '../lib/leftovers.ts';
import { startMailSink, type MailSink } from '../lib/mail.ts';
import { binary } from '../lib/paths.ts';
import { type Database, query } from '../lib/postgres.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { buy, itemOf, license, publishSpec } from '../lib/shop.ts';
import { licensesOf } from '../lib/sale.ts';
import { eventually } from '../lib/wait.ts';
import { dump } from './contents.ts';

const production = { LATHE_ENV: 'production', LATHE_BCRYPT_COST: '12', LATHE_PUBLIC_URL: 'https://shop.example.org', LATHE_USER: process.getuid?.() === 0 ? 'nobody' : '' };

describe('the root secret', { skip: serveIsMissing() }, () => {
  const secretOf = (lathe: Lathe): string => join(lathe.data, 'secret.key');

  test('each fresh start makes its own, for its own eyes', async () => {
    const secrets = new Set<string>();
    for (let i = 0; i < 2; i++) {
      const lathe = await Lathe.start();
      try {
        const { mode } = statSync(secretOf(lathe));
        assert.equal(mode & 0o777, 0o600);
        secrets.add(readFileSync(secretOf(lathe), 'utf8'));
        assert.equal((await sql(lathe, 'select count(*) from account'))[0]?.[0], '0', 'no account is there before somebody makes one');
      } finally {
        await lathe.dispose();
      }
    }
    assert.equal(secrets.size, 2);
    for (const secret of secrets) assert.match(secret, /^[0-9a-f]{64}\n$/);
  });

  const spoilt: [what: string, spoil: (path: string) => void][] = [
    ['that others may read', (path) => (writeFileSync(path, `${'a'.repeat(64)}\n`), chmodSync(path, 0o644))],
    ['that is too short', (path) => writeFileSync(path, 'short\n', { mode: 0o600 })],
    ['that is empty', (path) => writeFileSync(path, '', { mode: 0o600 })],
    ['that is a link elsewhere', (path) => symlinkSync('/dev/zero', path)],
    ['that is a link to nothing', (path) => symlinkSync(`${path}.elsewhere`, path)],
    ['that is a folder', (path) => mkdirSync(path)],
  ];
  for (const [what, spoil] of spoilt) {
    test(`with a secret ${what} it does not run`, async () => {
      const lathe = await Lathe.create();
      try {
        spoil(secretOf(lathe));
        await assert.rejects(lathe.start(), /secret\.key/);
      } finally {
        rmSync(secretOf(lathe), { recursive: true, force: true });
        await lathe.dispose();
      }
    });
  }

  test('it can be changed: what it signed is refused, what is kept is as it was', async () => {
    const lathe = await Lathe.start();
    try {
      const person = await newPerson(lathe.api);
      const { tokens } = person;
      const key = expectStatus(await lathe.api.get('/auctions/receipt-key'), 200).public_key;
      await lathe.stop();
      rmSync(join(lathe.data, 'secret.key'));
      await lathe.start();
      expectProblem(await lathe.api.as(tokens.access_token).get('/me'), 401, 'identity.token_invalid');
      const renewed = expectStatus(await lathe.api.post('/auth/refresh', { refresh_token: tokens.refresh_token }), 200);
      expectStatus(await lathe.api.as(renewed.access_token).get('/me'), 200);
      expectStatus(await lathe.api.post('/auth/login', { login: person.username, password: person.password }), 200);
      const keys = expectStatus(await lathe.api.get('/auctions/receipt-key'), 200);
      assert.notEqual(keys.public_key, key);
      assert.deepEqual(keys.keys.map((each: Json) => each.public_key), [keys.public_key, key], 'old receipts can be checked');
      assert.equal((await lathe.run(['check'])).code, 0);
    } finally {
      await lathe.dispose();
    }
  });

  /** How a start ends that must not go on. */
  async function refusal(env: NodeJS.ProcessEnv, lathe: Lathe): Promise<string> {
    const child = new Child(binary, ['serve'], { cwd: lathe.data, env: { ...lathe.environment(), ...env }, inherit_env: false });
    try {
      const exit = await eventually('it ends', () => child.exit);
      assert.notEqual(exit.code, 0);
      return child.output;
    } finally {
      await child.stop('SIGKILL');
    }
  }

  test('where the secret cannot be kept it does not run', async () => {
    const lathe = await Lathe.create();
    try {
      assert.match(await refusal({ LATHE_DATA_DIR: '/proc/self/task', LATHE_DATABASE_URL: `sqlite:${lathe.data}/lathe.db` }, lathe), /secret|data directory|\/proc\/self\/task/i);
      assert.match(await refusal({ LATHE_SECRET: 'too short' }, lathe), /LATHE_SECRET/);
      assert.match(await refusal({ ...production, LATHE_TEST_PAYMENTS: 'on' }, lathe), /LATHE_TEST_PAYMENTS/);
      assert.match(await refusal({ ...production, LATHE_SANDBOX_LEVEL: 'off' }, lathe), /LATHE_SANDBOX_LEVEL/);
    } finally {
      await lathe.dispose();
    }
  });

  // On a line that others may read, production says nothing.
  const bad: [settings: Settings, told: RegExp][] = [
    [{ LATHE_PUBLIC_URL: 'http://shop.example.org' }, /LATHE_PUBLIC_URL: must be https/],
    [{ LATHE_LISTEN: '0.0.0.0:0' }, /LATHE_LISTEN: .*LATHE_TRUSTED_PROXIES/],
    [{ LATHE_DATABASE_URL: 'postgresql://lathe:word@db.example.org/lathe' }, /LATHE_DATABASE_URL: must say sslmode=verify-full/],
    [{ LATHE_DATABASE_URL: 'postgresql://lathe:word@db.example.org/lathe?sslmode=require' }, /LATHE_DATABASE_URL: must say sslmode=verify-full/],
    [{ LATHE_DATABASE_URL: 'postgresql://lathe@db.example.org/lathe?sslmode=verify-full' }, /LATHE_DATABASE_URL: must hold a password/],
    [{ LATHE_MAIL_URL: 'smtp://mail.example.org:25', LATHE_MAIL_REQUIRE_TLS: 'off' }, /LATHE_MAIL_REQUIRE_TLS/],
    [{ LATHE_CLAMD: 'scanner.example.org:3310' }, /LATHE_CLAMD: must be on this machine/],
    [{ LATHE_STRIPE_API_URL: 'http://stripe.example.org' }, /LATHE_STRIPE_API_URL/],
  ];
  for (const [settings, told] of bad) {
    test(`production does not start with ${Object.entries(settings).map((pair) => pair.join('=')).join(' ')}`, async () => {
      const lathe = await Lathe.create();
      try {
        const said = await refusal({ ...production, ...settings }, lathe);
        assert.match(said, told);
        assert.doesNotMatch(said, /word@/);
      } finally {
        await lathe.dispose();
      }
    });
  }
});

// Whoever takes over the program has what its role has.
test('production takes no superuser of PostgreSQL, and needs none', { skip: serveIsMissing() }, async () => {
  const lathe = await Lathe.create({ engine: 'postgresql' });
  const role = `plain_${randomBytes(6).toString('hex')}`;
  const database = lathe.database as Database;
  const url = new URL(database.url);
  const run = (command: string, as: string): Promise<{ code: number; output: string }> => lathe.run([command], { ...production, LATHE_DATABASE_URL: as });
  try {
    const refused = await run('migrate', database.url);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /LATHE_DATABASE_URL names a superuser/);
    await query(database, `create role ${role} login password 'plain-word'`);
    await query(database, `alter database ${url.pathname.slice(1)} owner to ${role}`);
    [url.username, url.password] = [role, 'plain-word'];
    for (const command of ['migrate', 'check']) {
      const { code, output } = await run(command, url.href);
      assert.equal(code, 0, output);
    }
  } finally {
    await lathe.dispose();
    const other = await Lathe.create({ engine: 'postgresql' });
    await query(other.database as Database, `drop role if exists ${role}`);
    await other.dispose();
  }
});

const isSanitized = ['__asan_init', '__tsan_init'].some((name) => readFileSync(binary).includes(name));

// Points to fail at are compiled into builds with sanitizers, which nobody ships.
test('what is shipped cannot be told to fail', { skip: serveIsMissing() || isSanitized }, async () => {
  const lathe = await Lathe.create();
  try {
    await assert.rejects(lathe.start({ LATHE_FAULT: 'any.point=crash' }), /LATHE_FAULT is no setting/);
  } finally {
    await lathe.dispose();
  }
});

function base32Bytes(text: string): Buffer {
  const bits = [...text].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

/** The ways in which a secret may lie about: itself, its bytes in hexadecimal digits, in base64, and those that it stands for. */
function shapesOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const meant = /^[\w-]{16,}$/.test(secret) ? [Buffer.from(secret, 'base64url')] : [];
  return [secret, ...[bytes, ...meant].map((each) => each.toString('hex')), bytes.toString('base64').replace(/=+$/, '')];
}

for (const engine of engines) {
  describe(`what is secret is not kept readable (${engine})`, { skip: serveIsMissing() }, () => {
    const secrets = new Map<string, string>(); // what it is → itself
    const codes: string[] = [];
    const marker = (what: string, prefix = ''): string => {
      const secret = `${prefix}${randomBytes(18).toString('hex')}`;
      secrets.set(what, secret);
      return secret;
    };
    let sink: MailSink;
    const lathe = useLathe(async () => {
      sink = await startMailSink();
      return {
        engine,
        settings: {
          ...lotSettings,
          LATHE_LOG_LEVEL: 'debug',
          LATHE_ACCESS_LOG: 'on',
          LATHE_BUS_POLL: '50ms',
          LATHE_MAIL_URL: sink.url,
          LATHE_MAIL_REQUIRE_TLS: 'false',
          LATHE_MAIL_PASSWORD: marker('the mail server’s password'),
          LATHE_SECRET: marker('the root secret'),
          LATHE_STRIPE_SECRET_KEY: marker('Stripe’s key', 'sk_test_'),
          LATHE_STRIPE_PUBLISHABLE_KEY: 'pk_test_0123456789abcdef',
          LATHE_STRIPE_WEBHOOK_SECRET: marker('Stripe’s webhook secret', 'whsec_'),
        },
      };
    });
    after(() => sink.stop());

    async function newSecretive(role: 'listener' | 'producer'): Promise<Person> {
      const person = await newPerson(lathe().api, role);
      const password = marker(`the password of a ${role}`);
      expectStatus(await person.api.post('/auth/change-password', { old_password: person.password, new_password: password }), 204);
      const login = await lathe().api.post('/auth/login', { login: person.email, password });
      const tokens: Json = expectStatus(login, 200);
      for (const cookie of login.headers.getSetCookie()) secrets.set(`the cookie ${cookie.split('=')[0]} of a ${role}`, cookie.split(';')[0]?.split('=')[1] ?? '');
      secrets.set(`the access token of a ${role}`, tokens.access_token).set(`the refresh token of a ${role}`, tokens.refresh_token);
      secrets.set(`the signature of a ${role}`, tokens.access_token.split('.').at(-1));
      return { ...person, password, tokens, api: lathe().api.as(tokens.access_token) };
    }

    before(async () => {
      const [seller, buyer] = [await newSecretive('producer'), await newSecretive('listener')];
      const verify = await sink.to(buyer.email);
      codes.push(/\b(\d{6})\b/.exec(verify.text ?? '')?.[1] ?? 'none');
      expectStatus(await lathe().api.post('/auth/forgot-password', { email: buyer.email }), 204);
      const reset = await sink.to(buyer.email, (mail) => mail.text !== verify.text && /\b\d{6}\b/.test(mail.text ?? ''));
      codes.push(/\b(\d{6})\b/.exec(reset.text ?? '')?.[1] ?? 'none');

      // A sale, with its files.
      const spec = await publishSpec(seller, { licenses: [license('basic', 2000)] });
      const order = await buy(buyer, [itemOf(spec, 'basic')]);
      const [bought] = await licensesOf(buyer.api, order.id);
      const downloads = expectStatus(await buyer.api.get(`/licenses/${bought.id}/downloads`), 200);
      const link = new URL(downloads.files[0].url, lathe().origin);
      secrets.set('the signature of a download', link.searchParams.get('signature') ?? '');
      assert.equal((await lathe().api.root('GET', link.pathname + link.search)).status, 200);
      const stream = expectStatus(await buyer.api.get(`/specs/${spec.id}/stream`), 200);
      secrets.set('the token of a playlist', new URL(stream.hls_url, lathe().origin).searchParams.get('token') ?? '');
      assert.equal((await lathe().api.root('GET', stream.hls_url)).status, 200);

      // An auction, won and paid; a socket's token; a renewed session; wrong guesses.
      const lot = await newLot(seller);
      expectStatus(await bid(buyer, lot.id, 1000, 3000), 201);
      const second = await newLot(seller, { buy_now_price: 9000 });
      expectStatus(await buyer.api.post(`/auctions/${second.id}/buy-now`), 201);
      await untilStatus(buyer.api, second.id, 'ended');
      await payWin(buyer, await eventually('the win is ordered', async () => (await readLot(buyer.api, second.id)).order_id as string | null));
      secrets.set('a chat token', expectStatus(await buyer.api.post('/chat/token'), 200).token);
      const renewed = expectStatus(await lathe().api.post('/auth/refresh', { refresh_token: buyer.tokens.refresh_token }), 200);
      secrets.set('a renewed access token', renewed.access_token).set('a renewed refresh token', renewed.refresh_token);
      const { secret, codes: recovery } = await turnOn(buyer);
      secrets.set('the secret of an authenticator app', secret).set('its bytes', base32Bytes(secret).toString('hex'));
      for (const code of recovery) secrets.set(`recovery code ${code[0]}`, code).set(`letters of recovery code ${code[0]}`, code.slice(2).replace('-', ''));
      const challenge = await challengeOf(lathe(), buyer);
      secrets.set('a challenge', challenge);
      expectStatus(await lathe().api.post('/auth/login/second-factor', { challenge, code: recovery[0] }), 200);
      const wrong = marker('a password that was wrong');
      assert.equal((await lathe().api.post('/auth/login', { login: buyer.email, password: wrong })).status, 401);
      assert.equal((await lathe().api.get('/me', { headers: { authorization: `Bearer ${marker('a token that was wrong')}` } })).status, 401);
      await settled(lathe());
    });

    const found = (text: string, where: string): string[] =>
      [...secrets].filter(([, secret]) => shapesOf(secret).some((shape) => text.includes(shape))).map(([what]) => `${what} in ${where}`);

    test('in the database', async () => {
      const text = await dump(lathe());
      assert.ok(text.length > 20_000 && text.includes('@example.org'), 'the database was read');
      assert.ok([...secrets.values()].every((secret) => secret.length >= 8), JSON.stringify([...secrets.keys()]));
      assert.deepEqual(found(text.toLowerCase(), 'the database').concat(found(text, 'the database')), []);
      for (const code of codes) {
        assert.match(code, /^\d{6}$/);
        assert.ok(!text.includes(`'${code}'`) && !text.includes(Buffer.from(code).toString('hex')), 'a code is readable');
      }
      const hashes = (await sql(lathe(), 'select password_hash from account')).map(([hash]) => hash ?? '');
      assert.ok(hashes.length >= 2 && hashes.every((hash) => /^\$2[aby]\$\d\d\$/.test(hash)), 'passwords are kept by bcrypt');
    });

    test('in the log', async () => {
      const { output } = lathe();
      assert.match(output, /http\.request/);
      assert.deepEqual(found(output, 'the log'), []);
      const words = output.replaceAll(/\w+=\d+\b/g, '');
      for (const code of codes) assert.doesNotMatch(words, new RegExp(`\\b${code}\\b`));
    });

    test('in the files of the data directory', async () => {
      const files = readdirSync(lathe().data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      for (const entry of files) {
        const path = join(entry.parentPath ?? entry.path, entry.name);
        assert.deepEqual(found(readFileSync(path, 'latin1'), path), []);
      }
    });

    test('in what an operator is shown of the settings', async () => {
      const { code, output } = await lathe().run(['config']);
      assert.equal(code, 0, output);
      assert.deepEqual(found(output, 'lathe config'), []);
    });
  });
}
