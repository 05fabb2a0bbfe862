// SPDX-License-Identifier: AGPL-3.0-or-later
// What auctions tell people: outbid, won, lost, ending soon, sold, unsold, voided. Pushed in the room "me", counted, read, mailed to who is
// not there and wants it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectStatus, type Json } from '../../lib/api.ts';
import { bid, lotSettings, lotTerms, newLot, newProduct, soon } from '../../lib/auctions.ts';
import { newOfficial } from '../../lib/goods.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { type Mail, type MailSink, startMailSink } from '../../lib/mail.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, newBuyer, newSeller, shopSettings } from '../../lib/shop.ts';
import { Socket } from '../../lib/socket.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('notifications of auctions', (engine) => {
  let mails: MailSink;
  const lathe = useLathe(async () => {
    mails = await startMailSink();
    const mail = { LATHE_MAIL_URL: mails.url, LATHE_MAIL_REQUIRE_TLS: 'false', LATHE_NOTIFICATION_MAIL_DELAY: '0s' };
    return { engine, settings: { ...shopSettings, ...lotSettings, ...mail, LATHE_BUS_POLL: '50ms' } };
  });
  let seller: Person;
  let anna: Person;
  let bert: Person;
  let cleo: Person;

  before(async () => {
    seller = await newSeller(lathe());
    [anna, bert, cleo] = [await newBuyer(lathe()), await newBuyer(lathe()), await newBuyer(lathe())];
  });
  after(() => mails.stop());

  const list = async (person: Person): Promise<Json> => expectStatus(await person.api.get('/me/notifications', { query: { limit: 100 } }), 200);
  const unread = async (person: Person): Promise<number> => expectStatus(await person.api.get('/me/notifications/unread-count'), 200).count;
  const prefer = async (person: Person, items: Json[]): Promise<void> => void expectStatus(await person.api.put('/me/notification-preferences', { items }), 200);
  const about = (lot: Json, kind: string) => (one: Json): boolean => one.kind === kind && one.subject_id === lot.id;
  /** The notification of that kind about the lot, once it is there. */
  const told = (person: Person, lot: Json, kind: string): Promise<Json> =>
    eventually(`${kind} is told`, async () => (await list(person)).items.find(about(lot, kind)), { within_ms: 30_000 });
  const mailTo = (person: Person, subject: string): Promise<Mail> => mails.to(person.email, (mail) => mail.subject === subject);
  const subjectsTo = (person: Person, lot: Json): string[] => mails.all().filter((mail) => mail.to.includes(person.email) && mail.subject.includes(lot.title)).map((mail) => mail.subject);
  const watchMe = async (person: Person): Promise<Socket> => {
    const socket = await Socket.open(lathe().origin, { token: person.tokens.access_token });
    await socket.do('join', { room: 'me' });
    return socket;
  };

  test('who is outbid is told at once where it looks, and by mail where it does not', async () => {
    const lot = await newLot(seller, { ends_in: 3_600_000 });
    const socket = await watchMe(anna);
    expectStatus(await bid(anna, lot.id, 1000), 201);
    expectStatus(await bid(bert, lot.id, 2000), 201);
    const pushed = await socket.until('the outbid is pushed', (message) => message.type === 'notification' && about(lot, 'outbid')(message));
    assert.deepEqual([pushed.title, pushed.read_at, pushed.path], [lot.title, null, `/auctions/${lot.id}`]);
    assert.match(pushed.text, new RegExp(`^You were outbid: ${lot.title} \\(\\d+\\.\\d\\d USD\\)$`));
    const kept = await told(anna, lot, 'outbid');
    assert.deepEqual([kept.id, kept.text], [pushed.id, pushed.text]);

    expectStatus(await bid(anna, lot.id, 5000), 201);
    const mail = await mails.to(bert.email, (one) => one.subject.startsWith(`You were outbid: ${lot.title}`));
    assert.match(mail.text ?? '', new RegExp(`/auctions/${lot.id}`));
    assert.deepEqual(subjectsTo(anna, lot), [], 'a mail to somebody who was there');

    // Outbid again before the first was read: one is enough.
    expectStatus(await bid(bert, lot.id, 9000), 201);
    const second = await socket.until('the second is pushed', (message) => message.type === 'notification' && about(lot, 'outbid')(message) && message.id !== pushed.id);
    assert.ok(second.sequence > pushed.sequence);
    assert.deepEqual((await list(anna)).items.filter(about(lot, 'outbid')).map((one: Json) => one.id), [second.id]);
    const count = await unread(anna);
    expectStatus(await anna.api.post(`/me/notifications/${second.id}/read`), 204);
    const read = await socket.until('other windows hear that it was read', (message) => message.type === 'notifications_read');
    assert.deepEqual([read.unread_count, await unread(anna)], [count - 1, count - 1]);
    await socket.close();

    // Who comes back later gets what it missed.
    const late = await Socket.open(lathe().origin, { token: anna.tokens.access_token });
    await late.do('join', { room: 'me', after_sequence: pushed.sequence });
    assert.equal((await late.until('what was missed', about(lot, 'outbid'))).id, second.id);
    await late.close();
  });

  test('the end is told to winner, seller and those who lost, as each prefers', async () => {
    await prefer(anna, [{ kind: 'lost', delivery: 'mail' }, { kind: 'outbid', delivery: 'off' }]);
    await prefer(cleo, [{ kind: 'won', delivery: 'app' }]);
    const lot = await newLot(seller, { ends_in: 3_600_000, reserve_price: 40_000, buy_now_price: 50_000 });
    const socket = await watchMe(cleo);
    expectStatus(await bid(anna, lot.id, 1000), 201);
    expectStatus(await bid(bert, lot.id, 2000), 201);
    expectStatus(await cleo.api.post(`/auctions/${lot.id}/buy-now`), 201);

    const won = await socket.until('the win is pushed', (message) => message.type === 'notification' && about(lot, 'won')(message));
    assert.deepEqual([won.text, won.price], [`You won: ${lot.title} (500.00 USD)`, { amount: 50_000, currency: 'USD' }]);
    await socket.close();
    assert.equal((await told(seller, lot, 'sold')).text, `Your lot was sold: ${lot.title} (500.00 USD)`);
    const lost = `Sold to somebody else: ${lot.title} (500.00 USD)`;
    for (const person of [anna, bert]) assert.equal((await told(person, lot, 'lost')).text, lost);
    await mailTo(seller, `Your lot was sold: ${lot.title} (500.00 USD)`);
    await mailTo(anna, lost);
    const kindsOf = async (person: Person): Promise<string[]> => (await list(person)).items.filter((one: Json) => one.subject_id === lot.id).map((one: Json) => one.kind).sort();
    assert.deepEqual([await kindsOf(anna), await kindsOf(bert), await kindsOf(cleo), await kindsOf(seller)], [['lost'], ['lost', 'outbid'], ['won'], ['sold']]);
    assert.deepEqual(subjectsTo(cleo, lot), [], 'a mail to somebody who wants none of its kind');
    assert.ok(!subjectsTo(bert, lot).includes(lost));
  });

  test('the seller of a lot that nobody wanted is told so', async () => {
    const { id, title } = await newProduct(seller);
    const lot = { ...expectStatus(await seller.api.post('/auctions', lotTerms(id, { ends_in: 3_000 })), 201), title };
    assert.match((await told(seller, lot, 'unsold')).text, new RegExp(`^Your lot was not sold: ${title}`));
    const mail = await mails.to(seller.email, (one) => one.subject.startsWith(`Your lot was not sold: ${title}`));
    assert.ok(mail.headers['list-unsubscribe']);
  });

  test('who watches is told before the end', async () => {
    const lot = await newLot(seller, { starts_in: 3_000_000, ends_in: 3_600_000 });
    expectStatus(await bert.api.put(`/auctions/${lot.id}/watch`), 204);
    const socket = await watchMe(bert);
    // Nearer than the ten minutes at which watchers are reminded.
    expectStatus(await seller.api.call('PATCH', `/auctions/${lot.id}`, { body: { starts_at: soon(500), ends_at: soon(300_000) } }), 200);
    const pushed = await socket.until('the reminder is pushed', (message) => message.type === 'notification' && about(lot, 'ending_soon')(message));
    assert.match(pushed.text, /^Ends soon: /);
    await socket.close();
    assert.equal((await list(anna)).items.some(about(lot, 'ending_soon')), false);
  });

  test('a void auction is told to its seller and to all who have bid', async () => {
    const admin = await newOfficial(lathe(), 'admin');
    const lot = await newLot(seller, { ends_in: 3_600_000 });
    expectStatus(await bid(anna, lot.id, 1000), 201);
    expectStatus(await bid(bert, lot.id, 2000), 201);
    expectStatus(await admin.api.post(`/auctions/${lot.id}/void`, { reason: 'It is a copy.' }), 200);
    for (const person of [seller, anna, bert]) {
      assert.match((await told(person, lot, 'voided')).text, /^An auction was voided: /);
      await mails.to(person.email, (mail) => mail.subject.startsWith(`An auction was voided: ${lot.title}`));
    }
    assert.equal((await list(cleo)).items.some(about(lot, 'voided')), false);
  });

  test('everything holds together', async () => expectSound(lathe()));
});
