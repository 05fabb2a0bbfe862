// SPDX-License-Identifier: AGPL-3.0-or-later
// What an account may do by its standing: suspended, not verified yet.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { expectNothingLeft, sql } from '../../lib/leftovers.ts';
import { type MailSink, startMailSink } from '../../lib/mail.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { itemOf, license, newSeller, publishSpec, shopSettings } from '../../lib/shop.ts';

eachEngine('a suspended account', (engine) => {
  const lathe = useLathe({ engine });

  test('neither logs in nor goes on', async () => {
    const [person, other] = [await newPerson(lathe().api), await newPerson(lathe().api)];
    await sql(lathe(), `update account set status = 1 where username = '${person.username}'`);
    await lathe().restart(); // whoever suspends by hand does so beside a server that is down
    const login = (who: Person) => lathe().api.post('/auth/login', { login: who.email, password: who.password });
    expectProblem(await login(person), 403, 'identity.suspended');
    expectProblem(await lathe().api.as(person.tokens.access_token).get('/me'), 403, 'identity.suspended');
    expectProblem(await lathe().api.post('/auth/refresh', { refresh_token: person.tokens.refresh_token }), 403, 'identity.suspended');
    expectStatus(await login(other), 200);
    const wrong = await lathe().api.post('/auth/login', { login: person.email, password: 'not the password' });
    expectProblem(wrong, 401, 'identity.bad_credentials'); // only who has the password learns of it
  });
});

eachEngine('an address that is not confirmed', (engine) => {
  let sink: MailSink;
  before(async () => {
    sink = await startMailSink();
  });
  after(() => sink.stop());
  const lathe = useLathe(() => ({
    engine,
    settings: { ...shopSettings, LATHE_MAIL_URL: sink.url, LATHE_MAIL_REQUIRE_TLS: 'false', LATHE_MAIL_FROM: 'Lathe <shop@example.org>', LATHE_REQUIRE_VERIFIED_EMAIL: 'true' },
  }));

  async function confirm(person: Person): Promise<void> {
    const code = /\b(\d{6})\b/.exec((await sink.to(person.email)).text ?? '')?.[1];
    expectStatus(await lathe().api.post('/auth/verify-email', { email: person.email, code }), 204);
  }

  test('neither sells nor buys, where that is asked for', async () => {
    const seller = await newSeller(lathe());
    const draft = expectStatus(await seller.api.post('/specs', { title: 'Early', category: 'beat', type: 'wav' }), 201);
    await expectNothingLeft(lathe(), async () => {
      expectProblem(await seller.api.post(`/specs/${draft.id}/publish`), 403, 'identity.not_verified');
    });
    await confirm(seller);
    const spec = await publishSpec(seller, { licenses: [license('basic', 900)] });
    const buyer = await newPerson(lathe().api);
    const order = { items: [itemOf(spec, 'basic')], provider: 'test', terms_accepted: true };
    await expectNothingLeft(lathe(), async () => {
      expectProblem(await buyer.api.post('/orders', order), 403, 'identity.not_verified');
    });
    await confirm(buyer);
    assert.equal(expectStatus(await buyer.api.post('/orders', order), 201).status, 'pending');
  });
});

eachEngine('a password', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_BCRYPT_COST: '4' } });

  test('is kept by bcrypt at the cost that is set, and hashed anew when the cost has changed', async () => {
    const person = await newPerson(lathe().api);
    const kept = async (): Promise<string> => (await sql(lathe(), `select password_hash from account where username = '${person.username}'`))[0]?.[0] ?? '';
    const login = () => lathe().api.post('/auth/login', { login: person.email, password: person.password });
    const first = await kept();
    assert.match(first, /^\$2b\$04\$[./A-Za-z0-9]{53}$/);
    expectStatus(await login(), 200);
    assert.equal(await kept(), first);
    await lathe().restart({ LATHE_BCRYPT_COST: '6' });
    expectStatus(await login(), 200);
    assert.match(await kept(), /^\$2b\$06\$/);
    expectStatus(await login(), 200);
  });
});

eachEngine('a session', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_SESSION_LIFETIME: '2h', LATHE_SESSION_MAX_AGE: '3h' } });

  const MINUTE_MS = 60_000;
  /** As if so much time had passed; whoever is known to the server's cache would stay so for a second. */
  const age = async (person: Person, column: string, by_ms: number) =>
    sql(lathe(), `update session set ${column} = ${column} - ${by_ms * 1_000} where account_id = (select id from account where username = '${person.username}')`);
  const ends_in = async (person: Person): Promise<number> => {
    const [row] = await sql(lathe(), `select expires_at from session where account_id = (select id from account where username = '${person.username}')`);
    return Number(row?.[0]) / 1_000 - Date.now();
  };
  const refresh = (refresh_token: string) => lathe().api.post('/auth/refresh', { refresh_token });

  test('ends when it was not used', async () => {
    const person = await newPerson(lathe().api);
    const left_ms = await ends_in(person);
    assert.ok(left_ms > 60 * MINUTE_MS && left_ms <= 120 * MINUTE_MS, `${left_ms} ms`);
    await age(person, 'expires_at', 121 * MINUTE_MS);
    expectProblem(await lathe().api.as(person.tokens.access_token).get('/me'), 401, 'identity.token_invalid');
    expectProblem(await refresh(person.tokens.refresh_token), 401, 'identity.token_invalid');
  });

  test('ends at all, however often it is used', async () => {
    const person = await newPerson(lathe().api);
    await age(person, 'created_at', 150 * MINUTE_MS);
    const renewed = expectStatus(await refresh(person.tokens.refresh_token), 200);
    const left_ms = await ends_in(person);
    assert.ok(left_ms > 0 && left_ms <= 30 * MINUTE_MS, `${left_ms} ms`);
    await age(person, 'created_at', 31 * MINUTE_MS); // the end that was written is still to come
    expectProblem(await refresh(renewed.refresh_token), 401, 'identity.token_invalid');
  });
});
