// SPDX-License-Identifier: AGPL-3.0-or-later
// The model itself: examples worked by hand from the page, and what holds in every auction.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomPlay } from './generate.ts';
import { Auction, stepAt, type Terms } from './rules.ts';

const START = 1_790_000_000_000_000;
const SECOND = 1_000_000;
const END = START + 60 * SECOND;

const terms = (more: Partial<Terms> = {}): Terms => ({
  currency: 'USD',
  starting_price: 100,
  reserve_price: 0,
  buy_now_price: 0,
  bid_step: 10,
  starts_at: START,
  ends_at: END,
  soft_close_ms: 0,
  extend_ms: 0,
  ...more,
});

const steps: [currency: string, price: number, step: number][] = [
  ['USD', 1, 5],
  ['USD', 99, 5],
  ['USD', 100, 25],
  ['USD', 499_999, 5_000],
  ['USD', 500_000, 10_000],
  ['EUR', 2_500, 100],
  ['JPY', 1, 1],
  ['JPY', 4, 1],
  ['JPY', 25, 1],
  ['JPY', 100, 2],
  ['JPY', 5_000, 100],
  ['KWD', 999, 50],
  ['KWD', 1_000, 250],
  ['KWD', 5_000_000, 100_000],
];
for (const [currency, price, step] of steps) {
  test(`the step at ${price} ${currency} is ${step}`, () => assert.equal(stepAt(terms({ currency, bid_step: 0 }), price), step));
}

/** bidder, amount, maximum → price, leader, or the reason. */
type Example = [what: string, more: Partial<Terms>, bids: [number, number, number, number | string, number?][]];
const examples: Example[] = [
  ['the first bid costs the starting price', {}, [[1, 150, 300, 100, 1]]],
  ['the first bid may not be below the starting price', {}, [[1, 99, 300, 'auctions.bid_too_low']]],
  ['a higher maximum pays one step more than the other', {}, [[1, 100, 200, 100, 1], [2, 110, 300, 210, 2]]],
  ['but never more than it offers', {}, [[1, 100, 200, 100, 1], [2, 110, 205, 205, 2]]],
  ['a lower maximum drives the price', {}, [[1, 100, 200, 100, 1], [2, 110, 150, 160, 1]]],
  ['but never above the maximum of the leader', {}, [[1, 100, 200, 100, 1], [2, 110, 195, 200, 1]]],
  ['of equal maxima the earlier wins', {}, [[1, 100, 200, 100, 1], [2, 110, 200, 200, 1]]],
  ['a bid has to be a step above the price', {}, [[1, 100, 200, 100, 1], [2, 109, 300, 'auctions.bid_too_low']]],
  ['the leader may only raise', {}, [[1, 100, 200, 100, 1], [1, 500, 200, 'auctions.max_not_higher'], [1, 1, 201, 100, 1]]],
  ['the seller may not bid', {}, [[0, 100, 200, 'auctions.own_lot']]],
  ['reaching the reserve lifts the price to it', { reserve_price: 180 }, [[1, 100, 150, 100, 1], [1, 100, 190, 180, 1], [2, 190, 190, 190, 1]]],
];
for (const [what, more, bids] of examples) {
  test(what, () => {
    const auction = new Auction(terms(more));
    auction.start();
    for (const [bidder, amount, maximum, expected, leader] of bids) {
      const verdict = auction.bid(START, { bidder, amount, maximum });
      assert.deepEqual(verdict?.reason ?? [auction.price, auction.leader], leader === undefined ? expected : [expected, leader]);
    }
  });
}

test('a late bid moves the end, one that changes nothing that shows does not', () => {
  const auction = new Auction(terms({ soft_close_ms: 10_000, extend_ms: 15_000 }));
  auction.start();
  auction.bid(END - 10 * SECOND, { bidder: 1, amount: 100, maximum: 200 });
  assert.equal(auction.endsAt, END);
  auction.bid(END - 9 * SECOND, { bidder: 1, amount: 100, maximum: 300 });
  assert.equal(auction.endsAt, END);
  auction.bid(END - 9 * SECOND, { bidder: 2, amount: 110, maximum: 110 });
  assert.equal(auction.endsAt, END + 6 * SECOND);
  assert.equal(auction.bid(END + 6 * SECOND, { bidder: 2, amount: 400, maximum: 400 })?.reason, 'auctions.closed');
});

test('pre-bids are judged at the start by their maxima, in the order of their last sequence numbers', () => {
  const auction = new Auction(terms());
  const before = START - SECOND;
  auction.bid(before, { bidder: 1, amount: 100, maximum: 150 });
  auction.bid(before, { bidder: 2, amount: 100, maximum: 200 });
  auction.bid(before, { bidder: 3, amount: 100, maximum: 155 });
  assert.equal(auction.bid(before, { bidder: 1, amount: 150, maximum: 150 })?.reason, 'auctions.max_not_higher');
  auction.bid(before, { bidder: 1, amount: 100, maximum: 200 });
  const judged = auction.start();
  assert.deepEqual(judged.map((one) => [one.bidder, one.accepted]), [[2, true], [3, true], [1, true]]);
  assert.deepEqual([auction.price, auction.leader, auction.bidCount], [200, 2, 3]);
});

test('buying at once is possible until the reserve is met', () => {
  const auction = new Auction(terms({ reserve_price: 200, buy_now_price: 500 }));
  assert.equal(auction.buy(START - 1, 1)?.reason, 'auctions.buy_now_gone');
  auction.start();
  auction.bid(START, { bidder: 1, amount: 100, maximum: 150 });
  assert.equal(auction.buy(START, 0)?.reason, 'auctions.own_lot');
  auction.bid(START, { bidder: 1, amount: 100, maximum: 200 });
  assert.equal(auction.buy(START, 2)?.reason, 'auctions.buy_now_gone');
});

test('in 20 000 random auctions no price falls, passes the maximum of its leader, or stays below a reserve that is met', () => {
  const seen = new Map<string, number>();
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  for (let seed = 0; seed < 20_000; seed++) {
    const { terms: its, steps: played } = randomPlay(seed);
    let price = 0;
    for (const { command, verdict, state } of played) {
      count(verdict?.reason ?? command.do);
      assert.ok(state.price >= price, `seed ${seed}: the price fell`);
      price = state.price;
      if (state.status !== 'live') continue;
      assert.ok(price <= state.maximum, `seed ${seed}: the price passed the maximum`);
      assert.ok(!state.reserve_met || price >= its.reserve_price, `seed ${seed}: below the reserve`);
    }
    const last = played.at(-1)?.state;
    count(last?.outcome ?? 'cancelled');
    if (last && last.ends_at > its.ends_at) count('extended');
  }
  const expected = ['auctions.bid_too_low', 'auctions.max_not_higher', 'auctions.closed', 'auctions.started', 'auctions.own_lot',
    'auctions.buy_now_gone', 'bid', 'buy', 'sold', 'reserve_not_met', 'no_bids', 'cancelled', 'extended'];
  for (const what of expected) assert.ok((seen.get(what) ?? 0) >= 100, `${what} came up ${seen.get(what) ?? 0} times: ${JSON.stringify([...seen])}`);
});
