// SPDX-License-Identifier: AGPL-3.0-or-later
// Every fault point of the reference × fail, delay, wait, crash, met in an auction from its schedule to its winner's payment, with talk
// about it: after a start without the fault it has ended once, by its log and to whoever was told so, and every check holds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectStatus, type Json, type Reply } from '../lib/api.ts';
import { expectLogFits, lotSettings, lotTerms, newProduct, payWin } from '../lib/auctions.ts';
import { unlimitedChat } from '../lib/budgets.ts';
import { eachEngine, Lathe } from '../lib/lathe.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { expectSound } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';
import { ACTIONS, again, attempt, POINTS } from './points.ts';

const LENGTH_MS = 2_500;

eachEngine('faults in an auction', (engine) => {
  let lathe: Lathe;
  let seller: Person;
  let buyer: Person;
  let room: Json;

  before(async () => {
    lathe = await Lathe.start({ engine, name: 'matrix-auction', settings: { ...lotSettings, LATHE_BUS_POLL: '50ms', ...unlimitedChat, LATHE_MAIL_URL: 'file:mail', LATHE_NOTIFICATION_MAIL_DELAY: '0s' } });
    [seller, buyer] = [await newPerson(lathe.api, 'producer'), await newPerson(lathe.api)];
    room = expectStatus(await seller.api.post('/chat/rooms', { kind: 'public', title: 'Hall' }), 201);
  });
  after(() => lathe.dispose());

  const as = (person: Person): Person => ({ ...person, api: lathe.api.as(person.tokens.access_token) });

  /** A lot from its schedule to its end, with a bid and a word about it; the server may fail or fall at any of them. */
  async function hold(product: Json, key: string): Promise<{ lot: string | undefined; isBid: boolean; isSaid: boolean }> {
    const [from, by] = [as(seller).api, as(buyer).api];
    const terms = lotTerms(product.id, { starts_in: 300, ends_in: LENGTH_MS });
    const made = await attempt((signal) => from.post('/auctions', terms, { key, signal }));
    const lot = made?.status === 201 ? (made.body.id as string) : undefined;
    const said = await attempt((signal) => by.post(`/chat/rooms/${room.id}/messages`, { text: `about ${key}` }, { key: `${key}-said`, signal }));
    let bid: Reply | undefined;
    for (let i = 0; lot !== undefined && bid?.status !== 201 && i < 5; i++) {
      bid = await attempt((signal) => by.post(`/auctions/${lot}/bids`, { amount: 1_000 }, { key: `${key}-bid`, signal }));
    }
    const end = performance.now() + 2 * LENGTH_MS;
    while (lathe.exit === undefined && performance.now() < end) {
      const view = lot === undefined ? undefined : await attempt((signal) => lathe.api.get(`/auctions/${lot}`, { signal }));
      if (lot === undefined || view?.body?.sale === 'offered') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { lot, isBid: bid?.status === 201, isSaid: said?.status === 201 };
  }

  /** Once, and to the one whom it concerns. */
  const expectTold = (person: Person, kind: string, lot: string): Promise<unknown> =>
    eventually(`${kind} is told`, async () => {
      const page = expectStatus(await as(person).api.get('/me/notifications', { query: { limit: 100 } }), 200);
      const told = page.items.filter((item: Json) => item.kind === kind && item.subject_id === lot).length;
      assert.ok(told <= 1, `${kind} was told ${told} times`);
      return told === 1;
    }, { within_ms: 60_000, every_ms: 200 });

  for (const point of POINTS) {
    for (const action of ACTIONS) {
      test(`${point}=${action}`, { timeout: 240_000 }, async () => {
        const key = `lot-${point}.${action}`.replaceAll(/[^a-z0-9]+/g, '-');
        const product = await newProduct(as(seller));
        await lathe.stop();
        await lathe.start({ LATHE_FAULT: `${point}=${action}` }, { within_ms: 40_000, look_ms: 10_000 }).catch(() => undefined);
        const { lot, isBid, isSaid } = await hold(product, key);
        await lathe.kill();
        await lathe.start();
        if (isSaid) {
          const words = expectStatus(await as(buyer).api.get(`/chat/rooms/${room.id}/messages`, { query: { limit: 20 } }), 200);
          assert.equal(words.items.filter((item: Json) => item.text === `about ${key}`).length, 1, 'what was said is there, once');
        }
        if (lot === undefined) {
          await again('a lot can be made', () => as(seller).api.post('/auctions', lotTerms(product.id, { ends_in: 60_000 }), { key: `${key}-again` }).then((reply) => (reply.body?.code?.startsWith('goods.') || reply.status === 409 ? { ...reply, status: 201 } : reply)), 201, () => true);
        } else {
          const ended = await again('it has ended', () => lathe.api.get(`/auctions/${lot}`), 200, (body) => body.status === 'ended' && body);
          if (isBid) assert.equal(ended.outcome, 'sold', 'a bid that was acknowledged wins');
          await expectLogFits(lathe, lot);
          if (ended.outcome === 'sold') {
            const sold = await again('the winner has an order', () => as(buyer).api.get(`/auctions/${lot}`), 200, (body) => body.order_id !== null && body);
            assert.equal((await payWin(as(buyer), sold.order_id)).status, 'paid');
            await expectTold(buyer, 'won', lot);
            await expectTold(seller, 'sold', lot);
          }
        }
        await expectSound(lathe);
      });
    }
  }
});
