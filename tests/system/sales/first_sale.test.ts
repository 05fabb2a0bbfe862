// SPDX-License-Identifier: AGPL-3.0-or-later
// A first sale, end to end, with the test provider: order, pay, licence, files, contract, ledger, receipt.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { Api, expectProblem, expectStatus, expectViolations, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import {
  buy,
  expectSound,
  itemOf,
  license,
  newBuyer,
  newSeller,
  placeOrder,
  publishSpec,
  shopSettings,
  type Spec,
} from '../../lib/shop.ts';
import { eventually } from '../../lib/wait.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function download(url: string, headers: Record<string, string> = {}): Promise<{ status: number; bytes: Buffer; headers: Headers }> {
  const response = await fetch(url, { headers });
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
}

eachEngine('a first sale', (engine) => {
  const lathe = useLathe({ engine, settings: { ...shopSettings, LATHE_MAX_DOWNLOADS: '3', LATHE_PLATFORM_FEE_BP: '1250' } });
  let seller: Person;
  let other: Person;
  let buyer: Person;
  let first: Spec;
  let second: Spec;

  before(async () => {
    seller = await newSeller(lathe());
    other = await newSeller(lathe());
    buyer = await newBuyer(lathe());
    first = await publishSpec(seller, {
      title: 'Ночной поезд',
      licenses: [license('basic', 1999), license('premium', 4999, ['mp3', 'wav']), license('exclusive', 49900, ['mp3', 'wav'])],
    });
    second = await publishSpec(other, { licenses: [license('basic', 0), license('unlimited', 333)] });
  });

  test('an order holds what was offered, and how to pay', async () => {
    const reply = await buyer.api.post('/orders', { items: [itemOf(first, 'basic')], provider: 'test' });
    const order = expectStatus(reply, 201);
    assert.equal(reply.headers.get('location')?.endsWith(`/api/v1/orders/${order.id}`), true);
    assert.equal(order.status, 'pending');
    assert.deepEqual(order.total, { amount: 1999, currency: 'USD' });
    assert.equal(order.payment.provider, 'test');
    assert.equal(order.items[0].title, 'Ночной поезд');
    assert.equal(order.items[0].license_id, null);
    const wait_ms = Date.parse(order.expires_at) - Date.parse(order.created_at);
    assert.equal(wait_ms, 30 * 60 * 1000);
  });

  test('lines of several sellers are paid at once and split exactly', async () => {
    const order = await buy(buyer, [itemOf(first, 'premium'), itemOf(second, 'unlimited')]);
    assert.equal(order.status, 'paid');
    assert.equal(order.payment.status, 'captured');
    assert.ok(order.items.every((item: Json) => item.license_id !== null && item.status === 'paid'));

    const mine = expectStatus(await seller.api.get('/me/ledger'), 200);
    const lines = mine.items.filter((line: Json) => line.order_id === order.id);
    assert.deepEqual(
      lines.map((line: Json) => [line.what, line.amount.amount]).sort(),
      [['platform_fee', -625], ['sale_gross', 4999]], // 12.5 % of 49.99 is 6.24875
    );
    const theirs = expectStatus(await other.api.get('/me/ledger'), 200);
    assert.deepEqual(
      theirs.items.map((line: Json) => [line.what, line.amount.amount]).sort(),
      [['platform_fee', -42], ['sale_gross', 333]], // 41.625: the half goes to the platform
    );
    const balance = expectStatus(await other.api.get('/me/balance'), 200);
    assert.deepEqual(balance.items, [
      {
        balance: { amount: 291, currency: 'USD' },
        sales: { amount: 333, currency: 'USD' },
        fees: { amount: -42, currency: 'USD' },
        refunds: { amount: 0, currency: 'USD' },
      },
    ]);
  });

  test('the buyer has licences, files and a contract', async () => {
    const order = await buy(buyer, [itemOf(first, 'premium')]);
    const id = order.items[0].license_id;
    const view = expectStatus(await buyer.api.get(`/licenses/${id}`), 200);
    assert.equal(view.spec_title, 'Ночной поезд');
    assert.equal(view.is_active, true);
    assert.match(view.key, /^LIC-[0-9A-Z]{5}(-[0-9A-Z]{5}){3}$/);

    const { files, contract_url } = expectStatus(await buyer.api.get(`/licenses/${id}/downloads`), 200);
    assert.deepEqual(files.map((file: Json) => file.kind).sort(), ['mp3', 'wav']);
    for (const file of files) {
      const got = await download(file.url);
      assert.equal(got.status, 200);
      assert.equal(sha256(got.bytes), file.sha256);
      assert.equal(got.bytes.length, file.size_bytes);
      assert.match(got.headers.get('content-disposition') ?? '', /filename\*=UTF-8''%D0%9D%D0%BE%D1%87/);
    }
    const wav = files.find((file: Json) => file.kind === 'wav');
    assert.equal(wav.sha256, sha256(first.wav), 'the master is delivered as it was uploaded');

    const contract = await download(contract_url);
    assert.equal(contract.status, 200);
    assert.equal(contract.headers.get('content-type'), 'application/pdf');
    assert.equal(contract.bytes.subarray(0, 5).toString(), '%PDF-');
    const again = await download(contract_url);
    assert.equal(sha256(again.bytes), sha256(contract.bytes));
    assert.equal((await buyer.api.get(`/licenses/${id}/contract`)).status, 200);
    assert.equal((await seller.api.get(`/licenses/${id}/contract`)).status, 200);
  });

  test('a receipt with lines and total is mailed', async () => {
    const person = await newBuyer(lathe());
    const order = await buy(person, [itemOf(first, 'premium'), itemOf(second, 'unlimited')]);
    const folder = join(lathe().data, 'mail');
    const mail = await eventually('the receipt', () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .find((text) => text.includes(person.email) && text.includes('receipt')),
    );
    const [, encoded = ''] = mail.split(/\r?\n\r?\n/);
    const text = /base64/i.test(mail) ? Buffer.from(mail.split(/\r?\n\r?\n/).slice(1).join(''), 'base64').toString() : encoded + mail;
    for (const part of ['49.99 USD', '3.33 USD', '53.32 USD', order.id]) assert.ok(text.includes(part), `${part} is not in:\n${text}`);
  });

  test('a part of a file can be asked for, and the same link counts once', async () => {
    const order = await buy(buyer, [itemOf(first, 'basic')]);
    const id = order.items[0].license_id;
    const links = async (): Promise<Json> => expectStatus(await buyer.api.get(`/licenses/${id}/downloads`), 200).files[0];
    const link = await links();
    const whole = await download(link.url);
    const part = await download(link.url, { range: 'bytes=10-19' });
    assert.equal(part.status, 206);
    assert.deepEqual(part.bytes, whole.bytes.subarray(10, 20));
    assert.equal((await links()).downloads, 1);

    for (let i = 0; i < 2; i++) assert.equal((await download((await links()).url)).status, 200);
    assert.equal((await links()).downloads, 3);
    const more = new Api((await links()).url);
    expectProblem(await more.root('GET', (await links()).url), 403, 'licensing.downloads_used');
    assert.equal((await download(link.url)).status, 200, 'a link that was used goes on');
  });

  test('a link that was changed is no link', async () => {
    const order = await buy(buyer, [itemOf(first, 'basic')]);
    const id = order.items[0].license_id;
    const { files } = expectStatus(await buyer.api.get(`/licenses/${id}/downloads`), 200);
    const url = new URL(files[0].url);
    for (const change of [
      () => url.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1)),
      () => url.searchParams.set('signature', 'AAAA'),
    ]) {
      change();
      assert.equal((await download(url.href)).status, 404);
    }
    assert.equal((await download(files[0].url.replace('/files/mp3', '/files/wav'))).status, 404);
  });

  test('anybody can check a key; nobody sees more', async () => {
    const order = await buy(buyer, [itemOf(first, 'basic')]);
    const { key } = expectStatus(await buyer.api.get(`/licenses/${order.items[0].license_id}`), 200);
    const check = expectStatus(await lathe().api.get(`/license-checks/${key.toLowerCase()}`), 200);
    assert.equal(check.valid, true);
    assert.equal(check.key, key);
    assert.equal(check.spec_title, 'Ночной поезд');
    assert.deepEqual(
      Object.keys(check).sort(),
      ['issued_at', 'key', 'licensee', 'licensor', 'option_name', 'spec_title', 'type', 'valid', 'withdrawn_at'],
    );
    expectProblem(await lathe().api.get('/license-checks/LIC-00000-00000-00000-00000'), 404, 'common.not_found');
  });

  test('what costs nothing is paid in the same call', async () => {
    const order = await placeOrder(buyer, [itemOf(second, 'basic')], { provider: undefined });
    assert.equal(order.status, 'paid');
    assert.equal(order.payment.provider, 'free');
    assert.notEqual(order.items[0].license_id, null);
  });

  test('a declined payment leaves the order open', async () => {
    const order = await placeOrder(buyer, [itemOf(first, 'basic')]);
    expectProblem(await buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'fail' }), 409, 'payments.declined');
    expectViolations(await buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'perhaps' }), 'common.invalid', [
      '/outcome enum',
    ]);
    assert.equal(expectStatus(await buyer.api.get(`/orders/${order.id}`), 200).status, 'pending');
    const paid = expectStatus(await buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'succeed' }), 200);
    assert.equal(paid.status, 'paid');
    const again = expectStatus(await buyer.api.post('/payments/verify', { order_id: order.id, outcome: 'fail' }), 200);
    assert.deepEqual(again, paid);
  });

  test('the same Idempotency-Key is the same order', async () => {
    const body = { items: [itemOf(first, 'basic')], provider: 'test' };
    const one = await buyer.api.post('/orders', body, { key: 'order-1' });
    const two = await buyer.api.post('/orders', body, { key: 'order-1' });
    assert.deepEqual(two.body, expectStatus(one, 201));
    expectProblem(
      await buyer.api.post('/orders', { ...body, items: [itemOf(first, 'premium')] }, { key: 'order-1' }),
      422,
      'idempotency.mismatch',
    );
  });

  test('an order that cannot be is refused with its reasons', async () => {
    const post = (body: Json, who: Person = buyer) => who.api.post('/orders', { provider: 'test', ...body });
    expectProblem(await post({ items: [] }), 422, 'orders.empty');
    expectProblem(await post({ items: [itemOf(first, 'basic')], terms_accepted: false }), 422, 'orders.terms_not_accepted');
    expectViolations(await post({ items: [itemOf(first, 'basic')] }, seller), 'orders.own_item', ['/items/0/spec_id own']);
    expectViolations(await post({ items: [itemOf(first, 'basic'), itemOf(first, 'premium')] }), 'orders.duplicate_line', [
      '/items/1/spec_id unique',
    ]);
    const wrong = { spec_id: second.id, license_option_id: first.option('basic').id };
    expectViolations(await post({ items: [wrong] }), 'common.invalid', ['/items/0/license_option_id belongs']);
    const shown = { ...itemOf(first, 'basic'), price: { amount: 1, currency: 'USD' } };
    expectProblem(await post({ items: [shown] }), 409, 'orders.price_changed');
    expectProblem(await post({ items: [itemOf(first, 'basic')], provider: 'stripe' }), 422, 'payments.provider_off');
    expectProblem(await post({ items: [itemOf(first, 'basic')], provider: 'free' }), 422, 'payments.provider_off');
    const euro = await publishSpec(other, { currency: 'EUR', licenses: [license('basic', 100)] });
    expectProblem(await post({ items: [itemOf(first, 'basic'), itemOf(euro, 'basic')] }), 422, 'orders.mixed_currency');
    expectStatus(await other.api.delete(`/specs/${euro.id}`), 204);
    assert.ok([404, 409].includes((await post({ items: [itemOf(euro, 'basic')] })).status));
  });

  test('nobody sees what is not theirs', async () => {
    const order = await buy(buyer, [itemOf(first, 'basic'), itemOf(second, 'unlimited')]);
    const id = order.items[0].license_id;
    const stranger = await newBuyer(lathe());
    for (const path of [`/orders/${order.id}`, `/licenses/${id}`, `/licenses/${id}/downloads`, `/licenses/${id}/contract`]) {
      expectProblem(await stranger.api.get(path), 404, 'common.not_found');
    }
    for (const [path, body] of [
      ['/payments/verify', { order_id: order.id, outcome: 'succeed' }],
      [`/orders/${order.id}/cancel`, undefined],
      [`/orders/${order.id}/refund`, {}],
    ] as const) {
      expectProblem(await stranger.api.post(path, body), 404, 'common.not_found');
    }
    const seen = expectStatus(await other.api.get(`/orders/${order.id}`), 200);
    assert.deepEqual(seen.items.map((item: Json) => item.spec_id), [second.id]);
    assert.deepEqual(seen.total, { amount: 333, currency: 'USD' });
    expectProblem(await other.api.get(`/licenses/${id}/downloads`), 404, 'common.not_found');
    expectProblem(await lathe().api.get(`/licenses/${id}/contract`), 401, 'common.unauthenticated');
  });

  test('lists are paged, newest first, with totals', async () => {
    const person = await newBuyer(lathe());
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.unshift((await buy(person, [itemOf(first, 'basic')])).id);
    const one = expectStatus(await person.api.get('/orders', { query: { limit: 2, with_total: true } }), 200);
    assert.equal(one.total, 3);
    assert.deepEqual(one.items.map((order: Json) => order.id), ids.slice(0, 2));
    const two = expectStatus(await person.api.get('/orders', { query: { limit: 2, cursor: one.next_cursor } }), 200);
    assert.deepEqual(two.items.map((order: Json) => order.id), ids.slice(2));
    assert.equal(two.next_cursor, null);
    const page = expectStatus(await person.api.get('/orders', { query: { limit: 2, page: 2, status: 'paid' } }), 200);
    assert.deepEqual(page.items.map((order: Json) => order.id), ids.slice(2));

    const licenses = expectStatus(await person.api.get('/licenses', { query: { q: 'поезд', type: 'basic', with_total: true } }), 200);
    assert.equal(licenses.total, 3);
    assert.equal(expectStatus(await person.api.get('/licenses', { query: { q: '100%' } }), 200).items.length, 0);
    const sales = expectStatus(await seller.api.get('/orders/sales', { query: { limit: 1, with_total: true } }), 200);
    assert.equal(sales.items[0].order_id, ids[0]);
    assert.deepEqual(sales.items[0].fee, { amount: 250, currency: 'USD' });
    assert.deepEqual(sales.items[0].net, { amount: 1749, currency: 'USD' });
  });

  test('a licence keeps what it was sold with', async () => {
    const spec = await publishSpec(seller, { title: 'Before', licenses: [license('basic', 700)] });
    const order = await buy(buyer, [itemOf(spec, 'basic')]);
    expectStatus(await seller.api.patch(`/specs/${spec.id}`, { title: 'After' }), 200);
    const removed = await seller.api.delete(`/specs/${spec.id}`);
    assert.ok(removed.status === 204 || removed.status === 409, removed.text);
    const id = order.items[0].license_id;
    const view = expectStatus(await buyer.api.get(`/licenses/${id}`), 200);
    assert.equal(view.spec_title, 'Before');
    const { files } = expectStatus(await buyer.api.get(`/licenses/${id}/downloads`), 200);
    assert.equal(sha256((await download(files[0].url)).bytes), files[0].sha256);
  });

  test('an exclusive sale closes every other offering', async () => {
    const spec = await publishSpec(seller, { licenses: [license('basic', 500), license('exclusive', 9000, ['mp3', 'wav'])] });
    const late = await newBuyer(lathe());
    const pending = await placeOrder(late, [itemOf(spec, 'basic'), itemOf(first, 'basic')]);
    const order = await buy(buyer, [itemOf(spec, 'exclusive')]);
    assert.equal(order.status, 'paid');
    expectProblem(
      await late.api.post('/payments/verify', { order_id: pending.id, outcome: 'succeed' }),
      409,
      'licensing.exclusive_sold',
    );
    const failed = expectStatus(await late.api.get(`/orders/${pending.id}`), 200);
    assert.equal(failed.status, 'failed');
    assert.equal(failed.failure.code, 'licensing.exclusive_sold');
    assert.equal(failed.payment.status, 'voided');
    assert.ok(failed.items.every((item: Json) => item.license_id === null), 'nothing of the order was issued');
    expectProblem(
      await late.api.post('/orders', { items: [itemOf(spec, 'basic')], provider: 'test' }),
      409,
      'licensing.exclusive_sold',
    );
  });

  test('the account takes its orders and licences along', async () => {
    const person = await newPerson(lathe().api);
    await buy(person, [itemOf(first, 'basic')]);
    const all = expectStatus(await person.api.get('/me/export'), 200);
    assert.equal(all.orders.length, 1);
    assert.equal(all.licenses[0].title, 'Ночной поезд');
  });

  test('every check holds, also after a restart', async () => {
    await expectSound(lathe());
    await lathe().restart();
    await expectSound(lathe());
  });
});
