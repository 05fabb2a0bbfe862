// SPDX-License-Identifier: AGPL-3.0-or-later
// Whether what many clients saw of one auction can have been one order of events: linearizability, with the log as the order.
import assert from 'node:assert/strict';
import type { Entry } from './log.ts';
import { Auction, type Terms } from './rules.ts';

/** A bid as its sender saw it; times of one clock outside of the server. */
export type Attempt = {
  account: string;
  amount: number;
  maximum: number;
  sent_at: number;
  /** undefined: the reply was lost, it may or may not have been judged. */
  answered_at?: number;
  /** Of an accepted bid. */
  receipt?: { sequence: number; chain: string };
  /** Of a refused one. */
  refusal?: string;
};

type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any

/** Every receipt is in the log, once, with its chain and with what was bid. */
export function checkReceipts(entries: Entry[], attempts: Attempt[]): void {
  const bodies = entries.map((entry) => JSON.parse(entry.body) as Json);
  const opened = new Map<number, Json>((bodies.find((body) => body.kind === 'ended')?.opened ?? []).map((one: Json) => [one.sequence, one]));
  const seen = new Set<number>();
  const numbers = new Map<string, number>();
  for (const { account, amount, maximum, receipt } of attempts) {
    if (!receipt) continue;
    assert.ok(!seen.has(receipt.sequence), `two were told of sequence ${receipt.sequence}`);
    seen.add(receipt.sequence);
    const entry = entries[receipt.sequence - 1];
    const body = bodies[receipt.sequence - 1];
    assert.equal(entry?.chain, receipt.chain, `an acknowledged bid is not in the log: sequence ${receipt.sequence}`);
    assert.ok(body.kind === 'bid' || body.kind === 'prebid', `sequence ${receipt.sequence} is ${body.kind}`);
    if (body.kind === 'bid') assert.equal(body.amount, amount);
    if (opened.size > 0) assert.equal(opened.get(receipt.sequence)?.maximum, maximum);
    const number = numbers.get(account) ?? body.bidder;
    assert.equal(body.bidder, number, 'a bidder has two numbers');
    numbers.set(account, number);
  }
  assert.equal(new Set(numbers.values()).size, numbers.size, 'two bidders have one number');
}

/** A bid that was acknowledged before another one was sent has the lower sequence. */
export function checkRealTimeOrder(attempts: Attempt[]): void {
  const told = attempts.filter((attempt) => attempt.receipt !== undefined);
  const byAnswer = [...told].sort((a, b) => (a.answered_at as number) - (b.answered_at as number));
  let next = 0;
  let highest = 0;
  for (const attempt of [...told].sort((a, b) => a.sent_at - b.sent_at)) {
    for (; next < byAnswer.length && (byAnswer[next]?.answered_at as number) < attempt.sent_at; next++) {
      highest = Math.max(highest, byAnswer[next]?.receipt?.sequence as number);
    }
    const sequence = attempt.receipt?.sequence as number;
    assert.ok(sequence > highest, `bid ${sequence} was sent after bid ${highest} had been acknowledged`);
  }
}

/** The auction as it was after each event of a log whose maxima are opened. */
export function statesOf(entries: Entry[], terms: Terms): Auction[] {
  const bodies = entries.map((entry) => JSON.parse(entry.body) as Json);
  const opened = new Map<number, Json>((bodies.at(-1)?.opened ?? []).map((one: Json) => [one.sequence, one]));
  const auction = new Auction(terms);
  return bodies.map((body, i) => {
    const maximum = opened.get(i + 1)?.maximum ?? 0;
    if (body.kind === 'prebid') auction.bid(body.at, { bidder: body.bidder, amount: maximum, maximum });
    if (body.kind === 'started') auction.start();
    if (body.kind === 'bid') auction.bid(body.at, { bidder: body.bidder, amount: body.amount, maximum });
    if (body.kind === 'bought') auction.buy(body.at, body.bidder);
    if (body.kind === 'ended' && auction.status === 'live') auction.end();
    return auction.copy();
  });
}

/** Each refusal was right at some moment between being sent and being answered. */
export function checkRefusals(states: Auction[], attempts: Attempt[], numberOf: (account: string) => number | undefined): number {
  const told = attempts.filter((attempt) => attempt.receipt !== undefined);
  let checked = 0;
  for (const attempt of attempts) {
    if (attempt.refusal === undefined) continue;
    const before = told.filter((other) => (other.answered_at as number) < attempt.sent_at);
    const after = told.filter((other) => other.sent_at > (attempt.answered_at as number));
    const first = Math.max(1, ...before.map((other) => other.receipt?.sequence as number));
    const last = Math.min(states.length, ...after.map((other) => (other.receipt?.sequence as number) - 1));
    const bidder = numberOf(attempt.account) ?? -1;
    const reasons = new Set<string | undefined>();
    for (let sequence = first; sequence <= last; sequence++) {
      const state = states[sequence - 1] as Auction;
      reasons.add(state.copy().bid(state.endsAt - 1, { bidder, amount: attempt.amount, maximum: attempt.maximum })?.reason);
      if (sequence === last) reasons.add('auctions.closed');
    }
    assert.ok(reasons.has(attempt.refusal), `refused with ${attempt.refusal}; between ${first} and ${last} the rules say ${[...reasons].join(', ')}`);
    checked++;
  }
  return checked;
}
