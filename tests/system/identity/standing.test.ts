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
