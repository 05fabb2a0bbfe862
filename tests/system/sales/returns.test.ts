// SPDX-License-Identifier: AGPL-3.0-or-later
// Money that goes back at Stripe without Lathe: refunds made at its dashboard, whole, in part, doubled, late, raced with our own, and
// disputes. The ledger follows, licences end by the published rule, and people are told.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { expectProblem, expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import type { Person } from '../../lib/people.ts';
import { expectSound, itemOf, license, newBuyer, newSeller, placeOrder, publishSpec, shopSettings, type Spec } from '../../lib/shop.ts';
import { type StripeEvent, StripeStandIn } from '../../lib/stripe_stand_in.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('money that goes back at Stripe', (engine) => {
  let stripe: StripeStandIn;
  const lathe = useLathe(async () => {
    stripe = await StripeStandIn.start();
    return { engine, settings: { ...shopSettings, ...stripe.settings } };
  });
  let seller: Person;
  let other: Person;
  let buyer: Person;
  let spec: Spec;
  let second: Spec;

  before(async () => {
    [seller, other, buyer] = [await newSeller(lathe()), await newSeller(lathe()), await newBuyer(lathe())];
    spec = await publishSpec(seller, { licenses: [license('basic', 2000)] });
    second = await publishSpec(other, { licenses: [license('basic', 700), license('premium', 2000, ['mp3', 'wav'])] });
  });
  after(() => stripe.stop());

  type Sale = { id: string; intent: string; paid: Json };
  /** Paid and captured: one line of 2000, or with another seller's second line. */
  async function sale(...more: Json[]): Promise<Sale> {
    const placed = await placeOrder(buyer, [itemOf(spec, 'basic'), ...more], { provider: 'stripe' });
    const intent = placed.payment.payment_intent_id;
    stripe.authorise(intent);
    const paid = expectStatus(await buyer.api.post('/payments/verify', { order_id: placed.id, payment_intent_id: intent }), 200);
    assert.equal(paid.payment.status, 'captured');
    return { id: placed.id, intent, paid };
  }
  const read = async (of: Sale): Promise<Json> => expectStatus(await buyer.api.get(`/orders/${of.id}`), 200);
  const send = async (...events: StripeEvent[]): Promise<void> => {
    for (const status of await Promise.all(events.map((event) => stripe.send(lathe().origin, event)))) assert.equal(status, 200);
  };
  /** Read once more then: an order, its lines and its payment are three reads, and a commit may fall between them. */
  const until = (of: Sale, what: string, holds: (order: Json) => boolean): Promise<Json> =>
    eventually(what, async () => holds(await read(of)) && (await read(of)), { within_ms: 60_000 });
  const refunded = (of: Sale, amount: number): Promise<Json> => until(of, `${amount} went back`, (order) => order.payment.refunded.amount === amount);
  type Posted = [what: string, amount: number];
  /** The person's lines of the ledger for an order. */
  const ledger = async (who: Person, of: Sale): Promise<Posted[]> =>
    expectStatus(await who.api.get('/me/ledger', { query: { limit: 100 } }), 200)
      .items.filter((line: Json) => line.order_id === of.id)
      .map((line: Json): Posted => [line.what, line.amount.amount]);
  const expectLedger = async (who: Person, of: Sale, expected: Posted[]): Promise<void> =>
    assert.deepEqual((await ledger(who, of)).map(String).sort(), expected.map(String).sort());
  const isActive = async (item: Json): Promise<boolean> => expectStatus(await buyer.api.get(`/licenses/${item.license_id}`), 200).is_active;
  /** Every event of all kinds was looked at, so nothing more comes of it. */
  const handled = async (): Promise<void> => {
    const marker = await sale();
    await send(...stripe.refundEvents(stripe.refundByHand(marker.intent, 2000)));
    await refunded(marker, 2000);
  };
  const mails = (): string[] => {
    const folder = join(lathe().data, 'mail');
    return readdirSync(folder).map((file) => {
      const [head = '', ...body] = readFileSync(join(folder, file), 'utf8').split(/\r?\n\r?\n/);
      return `${head}\n\n${/base64/i.test(head) ? Buffer.from(body.join(''), 'base64').toString() : body.join('\n\n')}`;
    });
  };
  const mailed = (to: Person, ...parts: string[]): Promise<string> =>
    eventually(`a mail to ${to.username}`, () => mails().find((mail) => mail.includes(to.email) && parts.every((part) => mail.includes(part))));

  const SOLD: Posted[] = [['sale_gross', 2000], ['platform_fee', -200]];
  const WHOLE: Posted[] = [...SOLD, ['refund', -2000], ['platform_fee_back', 200]];

  test('a whole refund ends the licence, however often it is told', async () => {
    const sold = await sale();
    const { files } = expectStatus(await buyer.api.get(`/licenses/${sold.paid.items[0].license_id}/downloads`), 200);
    const events = stripe.refundEvents(stripe.refundByHand(sold.intent, 2000));
    await send(...events, ...events.reverse(), ...events);
    const order = await until(sold, 'refunded', ({ status }) => status === 'refunded');
    await handled();
    assert.equal(order.payment.status, 'refunded');
    assert.deepEqual([order.items[0].status, order.items[0].refunded.amount], ['refunded', 2000]);
    assert.equal(await isActive(sold.paid.items[0]), false);
    assert.equal((await fetch(files[0].url)).status, 403);
    await expectLedger(seller, sold, WHOLE);
    await mailed(buyer, 'Your refund', sold.id, 'Refunded: 20.00 USD', spec.title);
    await mailed(seller, 'A sale was refunded', sold.id, 'its licence has ended');
    assert.equal(mails().filter((mail) => mail.includes(sold.id) && mail.includes('A sale was refunded')).length, 1);
    const [row] = expectStatus(await seller.api.get('/orders/sales'), 200).items.filter((line: Json) => line.order_id === sold.id);
    assert.deepEqual([row.status, row.refunded.amount], ['refunded', 2000]);
    expectProblem(await seller.api.post(`/orders/${sold.id}/refund`, {}), 409, 'payments.not_refundable');
  });

  test('a part that names no line is booked, shown, and ends nothing', async () => {
    const sold = await sale(itemOf(second, 'basic'));
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 270)));
    const order = await refunded(sold, 270);
    assert.equal(order.status, 'paid');
    assert.equal(order.payment.status, 'partly_refunded');
    assert.deepEqual(order.items.map((item: Json) => [item.status, item.refunded.amount]), [['paid', 200], ['paid', 70]]);
    for (const item of order.items) assert.equal(await isActive(item), true);
    await expectLedger(seller, sold, [...SOLD, ['refund', -200], ['platform_fee_back', 20]]);
    await expectLedger(other, sold, [['sale_gross', 700], ['platform_fee', -70], ['refund', -70], ['platform_fee_back', 7]]);
    await mailed(buyer, sold.id, 'Refunded: 2.70 USD', 'Your licences stay as they are.');
    await mailed(other, 'A sale was refunded', sold.id);
    // What is left of it can still be refunded here, and no more than that.
    const rest = expectStatus(await seller.api.post(`/orders/${sold.id}/refund`, {}), 200);
    assert.equal(rest.items[0].status, 'refunded');
    assert.equal(stripe.refunds.at(-1)?.amount, 1800);
    await expectLedger(seller, sold, [...SOLD, ['refund', -200], ['platform_fee_back', 20], ['refund', -1800], ['platform_fee_back', 180]]);
    // The rest of the other line, at Stripe: everything is refunded.
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 630)));
    const end = await until(sold, 'refunded', ({ status }) => status === 'refunded');
    assert.equal(end.payment.refunded.amount, 2700);
    assert.equal(await isActive(order.items[1]), false);
  });

  test('parts that add up to all of it end all of it', async () => {
    const sold = await sale(itemOf(second, 'basic'));
    for (const [amount, sum] of [[1, 1], [1000, 1001], [1699, 2700]] as const) {
      await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, amount)));
      await refunded(sold, sum);
    }
    const order = await read(sold);
    assert.deepEqual(order.items.map((item: Json) => [item.status, item.refunded.amount]), [['refunded', 2000], ['refunded', 700]]);
    for (const who of [seller, other]) assert.equal((await ledger(who, sold)).reduce((sum, [, amount]) => sum + amount, 0), 0);
  });

  test("the amount of one line ends that line; of two that cost the same, the one that is named", async () => {
    const sold = await sale(itemOf(second, 'basic'));
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 700)));
    const order = await refunded(sold, 700);
    assert.deepEqual(order.items.map((item: Json) => item.status), ['paid', 'refunded']);
    await expectLedger(seller, sold, SOLD);

    const twins = await sale(itemOf(second, 'premium'));
    const [, twin] = twins.paid.items;
    await send(...stripe.refundEvents(stripe.refundByHand(twins.intent, 2000, { metadata: { line_id: twin.id } })));
    assert.deepEqual((await refunded(twins, 2000)).items.map((item: Json) => item.status), ['paid', 'refunded']);

    const unnamed = await sale(itemOf(second, 'premium'));
    await send(...stripe.refundEvents(stripe.refundByHand(unnamed.intent, 2000)));
    assert.deepEqual((await refunded(unnamed, 2000)).items.map((item: Json) => [item.status, item.refunded.amount]), [['paid', 1000], ['paid', 1000]]);
  });

  test('a refund of our own is booked once, whoever tells of it first', async () => {
    const sold = await sale();
    const hold = stripe.hold(/refunds$/);
    const asked = seller.api.post(`/orders/${sold.id}/refund`, {});
    await eventually('Stripe is asked', () => hold.waiting() === 1);
    hold.release();
    await eventually('Stripe has refunded', () => stripe.refunds.some((refund) => refund.payment_intent === sold.intent));
    const refund = stripe.refunds.find((entry) => entry.payment_intent === sold.intent);
    await Promise.all([send(...stripe.refundEvents(refund)), asked]);
    expectStatus(await asked, 200);
    await send(...stripe.refundEvents(refund));
    await handled();
    assert.equal((await read(sold)).payment.refunded.amount, 2000);
    await expectLedger(seller, sold, WHOLE);
  });

  test('a refund by hand that is faster than ours leaves ours nothing', async () => {
    const sold = await sale();
    const hold = stripe.hold(/refunds$/);
    const asked = seller.api.post(`/orders/${sold.id}/refund`, {});
    await eventually('Stripe is asked', () => hold.waiting() === 1);
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 2000))); // waits until ours is decided
    hold.release();
    expectProblem(await asked, 409, 'payments.not_refundable');
    const order = await until(sold, 'refunded', ({ status }) => status === 'refunded');
    assert.equal(order.payment.refunded.amount, 2000);
    await expectLedger(seller, sold, WHOLE);
  });

  test('both at once: parts by hand beside a line of ours', async () => {
    const sold = await sale(itemOf(second, 'basic'));
    const [first] = sold.paid.items;
    const byHand = stripe.refundEvents(stripe.refundByHand(sold.intent, 500));
    const [reply] = await Promise.all([seller.api.post(`/orders/${sold.id}/refund`, { lines: [first.id] }), send(...byHand)]);
    expectStatus(reply, 200);
    const back = (): number => stripe.refunds.filter((entry) => entry.payment_intent === sold.intent).reduce((sum, entry) => sum + entry.amount, 0);
    const order = await until(sold, 'all of it is booked', ({ payment }) => payment.refunded.amount === back());
    assert.equal(order.items[0].status, 'refunded');
    assert.equal(order.items.reduce((sum: number, item: Json) => sum + item.refunded.amount, 0), back());
  });

  test('a refund is found on every page of the list, and through an answer that fails', async () => {
    const sold = await sale(itemOf(second, 'basic'));
    stripe.pageSize = 2;
    stripe.fail({ method: 'GET', path: /^\/v1\/refunds\?/, status: 500 });
    const refunds = [1, 2, 3, 4, 5].map((amount) => stripe.refundByHand(sold.intent, amount));
    await send(...stripe.refundEvents(refunds[4]));
    await refunded(sold, 15);
    stripe.pageSize = 100;
  });

  test('told before the sale is known: it is sold, then taken back', async () => {
    const placed = await placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
    const sold = { id: placed.id, intent: placed.payment.payment_intent_id, paid: placed };
    stripe.authorise(sold.intent);
    stripe.captureByHand(sold.intent);
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 2000)));
    const order = await until(sold, 'refunded', ({ status }) => status === 'refunded');
    assert.equal(await isActive(order.items[0]), false);
    await expectLedger(seller, sold, WHOLE);
  });

  test('a refund that waits is not booked; one that fails afterwards is owed to the buyer', async () => {
    const sold = await sale();
    const refund = stripe.refundByHand(sold.intent, 2000, { status: 'requires_action' });
    await send(...stripe.refundEvents(refund));
    await handled();
    assert.equal((await read(sold)).payment.refunded.amount, 0);
    await send(stripe.moveRefund(refund, 'pending'));
    await refunded(sold, 2000);
    await send(stripe.moveRefund(refund, 'failed'));
    const order = await refunded(sold, 0);
    assert.equal(order.payment.status, 'captured');
    assert.equal(order.status, 'refunded', 'a refund reopens nothing');
    await expectLedger(seller, sold, WHOLE);
    await expectLedger(buyer, sold, [['refund_failed', 2000]]);
    // Given again, to another card: what is owed is paid.
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 2000)));
    await refunded(sold, 2000);
    await expectLedger(buyer, sold, [['refund_failed', 2000], ['refund', -2000]]);
  });

  test('one of ours that fails afterwards is owed to the buyer too', async () => {
    const sold = await sale();
    expectStatus(await seller.api.post(`/orders/${sold.id}/refund`, {}), 200);
    const refund = stripe.refunds.find((entry) => entry.payment_intent === sold.intent);
    await send(stripe.moveRefund(refund, 'failed'));
    await refunded(sold, 0);
    await expectLedger(seller, sold, WHOLE);
    await expectLedger(buyer, sold, [['refund_failed', 2000]]);
  });

  test('a dispute is held money until it ends: won, nothing has happened', async () => {
    const sold = await sale();
    const { dispute, event } = stripe.dispute(sold.intent, 2000);
    await send(event, event);
    const held = await until(sold, 'held', ({ payment }) => payment.held.amount === 2000);
    assert.equal(held.status, 'paid');
    assert.equal(await isActive(sold.paid.items[0]), true);
    expectProblem(await seller.api.post(`/orders/${sold.id}/refund`, {}), 409, 'payments.not_refundable');
    await expectSound(lathe());
    await send(stripe.closeDispute(dispute, 'won'));
    const won = await until(sold, 'released', ({ payment }) => payment.held.amount === 0);
    assert.equal(won.payment.refunded.amount, 0);
    await expectLedger(seller, sold, SOLD);
    assert.match(lathe().output, /payments\.dispute/, 'the operator is told');
  });

  test('lost, it is a refund; also when only its end is told', async () => {
    for (const isTold of [true, false]) {
      const sold = await sale();
      const { dispute, event } = stripe.dispute(sold.intent, 2000);
      if (isTold) {
        await send(event);
        await until(sold, 'held', ({ payment }) => payment.held.amount === 2000);
      }
      const closed = stripe.closeDispute(dispute, 'lost');
      await send(closed, event, closed);
      const order = await until(sold, 'refunded', ({ status }) => status === 'refunded');
      assert.deepEqual([order.payment.held.amount, order.payment.refunded.amount], [0, 2000]);
      assert.equal(await isActive(order.items[0]), false);
      await expectLedger(seller, sold, [...SOLD, ['dispute_lost', -2000], ['platform_fee_back', 200]]);
    }
  });

  test('an inquiry holds nothing', async () => {
    const sold = await sale();
    const { dispute, event } = stripe.dispute(sold.intent, 2000, 'warning_needs_response');
    await send(event, stripe.closeDispute(dispute, 'warning_closed'));
    await handled();
    assert.equal((await read(sold)).payment.held.amount, 0);
  });

  test('what does not fit the payment is told to the operator and booked nowhere', async () => {
    const sold = await sale();
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 2001)));
    await eventually('it is refused', () => /payments\.return\.refused/.test(lathe().output));
    stripe.refunds.pop();
    await send(...stripe.refundEvents(stripe.refundByHand(sold.intent, 2000, { currency: 'eur' })));
    await eventually('it is not read', () => /payments\.return\.unreadable/.test(lathe().output));
    assert.equal((await read(sold)).payment.refunded.amount, 0);
  });

  test('what was captured against the decision and given back by hand is over', async () => {
    const placed = await placeOrder(buyer, [itemOf(spec, 'basic')], { provider: 'stripe' });
    const id = placed.payment.payment_intent_id;
    stripe.authorise(id);
    stripe.captureByHand(id);
    stripe.refundByHand(id, 2000);
    expectStatus(await buyer.api.post(`/orders/${placed.id}/cancel`), 200);
    await eventually('the payment is voided', async () => expectStatus(await buyer.api.get(`/orders/${placed.id}`), 200).payment.status === 'voided', { within_ms: 60_000 });
  });

  test('every check holds', () => expectSound(lathe()));
});
