// SPDX-License-Identifier: AGPL-3.0-or-later
// Notifications from outside: told, counted, read, mailed to who is not there, stopped by one click.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { type MailSink, startMailSink } from '../../lib/mail.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { buy, expectSound, itemOf, license, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('notifications', (engine) => {
  let mails: MailSink;
  const lathe = useLathe(async () => {
    mails = await startMailSink();
    return { engine, settings: { ...shopSettings, LATHE_BUS_POLL: '50ms', LATHE_MAIL_URL: mails.url, LATHE_MAIL_REQUIRE_TLS: 'false', LATHE_NOTIFICATION_MAIL_DELAY: '0s' } };
  });
  let seller: Person;
  let spec: Spec;

  before(async () => {
    seller = await newPerson(lathe().api, 'producer');
    spec = await publishSpec(seller, { title: 'Night bus', licenses: [license('basic', 1999)] });
  });
  after(() => mails.stop());

  const list = async (person: Person, query = {}): Promise<Json> => expectStatus(await person.api.get('/me/notifications', { query }), 200);
  const kinds = (page: Json): string[] => page.items.map((item: Json) => item.kind);
  const unread = async (person: Person): Promise<number> => expectStatus(await person.api.get('/me/notifications/unread-count'), 200).count;
  const sell = async (): Promise<Json> => buy(await newPerson(lathe().api), [itemOf(spec, 'basic')]);
  /** Sells until the seller has this many notifications. */
  const told = (count: number): Promise<Json> => eventually(`${count} notifications`, async () => {
    const page = await list(seller, { limit: 100 });
    return page.items.length >= count && page;
  });

  test('a sale is told to its seller, counted until it is read, and paged', async () => {
    const orders = [await sell(), await sell(), await sell()];
    const page = await told(3);
    assert.deepEqual(kinds(page), ['order_paid', 'order_paid', 'order_paid']);
    const newest = page.items[0];
    assert.equal(newest.subject_id, orders[2].id);
    assert.equal(newest.text, 'Sold and paid: Night bus (19.99 USD)');
    assert.deepEqual([newest.title, newest.price, newest.read_at], ['Night bus', { amount: 1999, currency: 'USD' }, null]);
    assert.deepEqual([page.unread_count, await unread(seller)], [3, 3]);
    const first = await list(seller, { limit: 2 });
    const second = await list(seller, { limit: 2, cursor: first.next_cursor });
    assert.deepEqual([...first.items, ...second.items].map((item: Json) => item.id), page.items.map((item: Json) => item.id));
    assert.equal(second.next_cursor, null);
    for (let i = 0; i < 2; i++) assert.equal((await seller.api.post(`/me/notifications/${newest.id}/read`)).status, 204);
    assert.equal(await unread(seller), 2);
    assert.deepEqual((await list(seller, { unread: true })).items.map((item: Json) => item.id), page.items.slice(1).map((item: Json) => item.id));
    assert.equal((await seller.api.post('/me/notifications/read-all')).status, 204);
    assert.deepEqual([await unread(seller), (await list(seller, { unread: true })).items], [0, []]);
  });

  test('a refund is told to both sides', async () => {
    const buyer = await newPerson(lathe().api);
    const order = await buy(buyer, [itemOf(spec, 'basic')]);
    expectStatus(await seller.api.post(`/orders/${order.id}/refund`, {}), 200);
    for (const person of [buyer, seller]) {
      await eventually('the refund is told', async () => kinds(await list(person)).includes('refund'));
    }
    assert.deepEqual(kinds(await list(buyer)), ['refund']);
  });

  test('nobody sees, counts or reads what is of somebody else', async () => {
    await sell();
    const { items } = await told(1);
    const stranger = await newPerson(lathe().api);
    expectProblem(await stranger.api.post(`/me/notifications/${items[0].id}/read`), 404, 'common.not_found');
    expectProblem(await stranger.api.post(`/me/notifications/${randomUUID()}/read`), 404, 'common.not_found');
    assert.deepEqual((await list(stranger)).items, []);
    assert.equal(await unread(stranger), 0);
    for (const path of ['/me/notifications', '/me/notifications/unread-count', '/me/notification-preferences']) {
      expectProblem(await lathe().api.get(path), 401, 'common.login_needed');
    }
    expectViolations(await seller.api.get('/me/notifications', { query: { cursor: 'x' } }), 'common.invalid', ['/cursor cursor']);
  });

  test('a mail tells who is not there, and its link stops mails of its kind', async () => {
    const own = await newPerson(lathe().api, 'producer');
    const mine = await publishSpec(own, { title: 'Tape', licenses: [license('basic', 500)] });
    await buy(await newPerson(lathe().api), [itemOf(mine, 'basic')]);
    const mail = await mails.to(own.email, (one) => one.subject.startsWith('Sold and paid'));
    assert.match(mail.text ?? '', /Sold and paid: Tape \(5\.00 USD\)/);
    const link = new URL(/<(.*)>/.exec(mail.headers['list-unsubscribe'] ?? '')?.[1] ?? '');
    assert.equal(mail.headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click');
    const click = (token: string): Promise<Response> =>
      fetch(new URL(`${link.pathname}?token=${token}`, lathe().origin), {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'List-Unsubscribe=One-Click',
      });
    const token = link.searchParams.get('token') ?? '';
    const forged = await lathe().api.post('/notifications/unsubscribe', undefined, { query: { token: `${token.slice(0, -2)}AA` }, key: null });
    expectProblem(forged, 422, 'notifications.bad_link');
    assert.equal((await click(token)).status, 204);
    const { items } = expectStatus(await own.api.get('/me/notification-preferences'), 200);
    assert.deepEqual(items.filter((one: Json) => one.kind === 'order_paid'), [{ kind: 'order_paid', delivery: 'app' }]);
    assert.equal(items.find((one: Json) => one.kind === 'won').delivery, 'mail');
    await buy(await newPerson(lathe().api), [itemOf(mine, 'basic')]);
    await eventually('the second sale is told', async () => (await list(own)).items.length === 2);
    assert.equal(mails.all().filter((one) => one.to.includes(own.email) && one.subject.startsWith('Sold and paid')).length, 1);
  });

  test('what is switched off is not kept; what is not named stays as it was', async () => {
    const own = await newPerson(lathe().api, 'producer');
    const mine = await publishSpec(own, { licenses: [license('basic', 500)] });
    const set = (items: Json[]) => own.api.put('/me/notification-preferences', { items });
    expectStatus(await set([{ kind: 'refund', delivery: 'mail' }]), 200);
    const preferences = expectStatus(await set([{ kind: 'order_paid', delivery: 'off' }]), 200);
    const delivery = Object.fromEntries(preferences.items.map((one: Json) => [one.kind, one.delivery]));
    assert.deepEqual([delivery.order_paid, delivery.refund, delivery.lost], ['off', 'mail', 'app']);
    expectViolations(await set([{ kind: 'weather', delivery: 'app' }]), 'common.invalid', ['/items/0/kind enum']);
    const order = await buy(await newPerson(lathe().api), [itemOf(mine, 'basic')]);
    expectStatus(await own.api.post(`/orders/${order.id}/refund`, {}), 200);
    await eventually('the refund is told', async () => (await list(own)).items.length === 1);
    assert.deepEqual(kinds(await list(own)), ['refund']);
  });

  test('an account takes its notifications along, and the checks hold', async () => {
    const exported = expectStatus(await seller.api.get('/me/export'), 200);
    assert.ok(exported.notifications.notifications.some((one: Json) => one.kind === 'order_paid'), JSON.stringify(exported.notifications));
    await expectSound(lathe());
  });
});
