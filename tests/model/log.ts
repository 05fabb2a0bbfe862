// SPDX-License-Identifier: AGPL-3.0-or-later
// A verifier of auction logs, written from docs/auction-rules.md alone: the chain, the order of events, the commitments, and by the model of the rules every
// price, every extension and the winner. As whoever doubts a shop would write it.
import { createHash } from 'node:crypto';
import { Auction, type Judged, type Terms } from './rules.ts';

type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any
export type Entry = { sequence: number; chain: string; body: string };
/** The first event that does not fit; 0: the file is no log. */
export type Finding = { sequence: number; problem: string };

class Misfit extends Error {}

function demand(holds: boolean, problem: string): void {
  if (!holds) throw new Misfit(problem);
}

function same(what: string, found: unknown, expected: unknown): void {
  demand(JSON.stringify(found) === JSON.stringify(expected), `${what} is ${JSON.stringify(found)}, by the rules ${JSON.stringify(expected)}`);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const NO_CHAIN = '0'.repeat(64);
export const chainOf = (before: string, body: string): string => sha256(`${before}\n${body}`);

/** The events of a log as GET …/log gives it: {"auction_id", "events"}. */
export function entriesOf(text: string): Entry[] {
  const { events } = JSON.parse(text) as Json;
  demand(Array.isArray(events) && events.length > 0, 'there are no events');
  return events;
}

type Opened = { sequence: number; bidder: number; maximum: number; salt: string };
const TERM_NAMES = ['currency', 'starting_price', 'buy_now_price', 'bid_step', 'starts_at', 'ends_at', 'soft_close_ms', 'extend_ms'] as const;

/** The state that goes from event to event. */
class Reader {
  #auction: Auction | undefined;
  #terms: Terms | undefined;
  #at = 0;
  #bidders = 0;
  #isBought = false;
  #prebids: { sequence: number; bidder: number }[] = [];
  #commitments = new Map<number, { bidder: number; commitment: string }>();
  #reserveCommitment = '';
  /** What the end opened; undefined while the auction is not over. */
  readonly #opened: Map<number, Opened> | undefined;
  readonly #reserve: { price: number; salt: string } | undefined;

  constructor(bodies: Json[]) {
    const end = bodies.find((body) => body.kind === 'ended');
    if (!end) return;
    this.#opened = new Map((end.opened as Opened[]).map((one) => [one.sequence, one]));
    this.#reserve = end.reserve;
  }

  read(sequence: number, body: Json): void {
    const handler = this.#handlers[body.kind as string];
    demand(handler !== undefined, `there is no kind ${JSON.stringify(body.kind)}`);
    demand(Number.isSafeInteger(body.at) && body.at >= this.#at, 'its time is before that of the event before');
    demand((sequence === 1) === (body.kind === 'created'), 'the first event alone is "created"');
    this.#at = body.at;
    handler?.call(this, body, sequence);
  }

  readonly #handlers: Record<string, (body: Json, sequence: number) => void> = {
    created: (body) => this.#take(body),
    changed: (body) => {
      demand(this.#auction === undefined, 'changed after the start');
      this.#take(body);
    },
    prebid: (body, sequence) => {
      demand(this.#auction === undefined, 'a bid before the start after the start');
      this.#commit(body, sequence);
      this.#prebids = [...this.#prebids.filter((kept) => kept.bidder !== body.bidder), { sequence, bidder: body.bidder }];
    },
    started: (body) => this.#start(body),
    bid: (body, sequence) => this.#bid(body, sequence),
    bought: (body) => this.#buy(body),
    ended: (body) => this.#end(body),
    cancelled: () => {
      demand(this.#auction === undefined, 'cancelled after the start');
      this.#auction = new Auction(this.#terms as Terms);
      this.#auction.cancel();
    },
    voided: (body) => demand(typeof body.reason === 'string' && body.reason !== '', 'voided without a reason'),
  };

  #take(body: Json): void {
    const terms = Object.fromEntries(TERM_NAMES.map((name) => [name, body[name]]));
    for (const name of TERM_NAMES) demand(name === 'currency' || Number.isSafeInteger(body[name]), `${name} is no whole number`);
    this.#reserveCommitment = body.reserve_commitment;
    this.#terms = { ...terms, reserve_price: this.#reserve?.price ?? 0 } as Terms;
  }

  #commit(body: Json, sequence: number): void {
    demand(body.bidder >= 1 && body.bidder <= this.#bidders + 1, `bidder ${body.bidder} is not the next number`);
    this.#bidders = Math.max(this.#bidders, body.bidder);
    demand(/^[0-9a-f]{64}$/.test(body.commitment), 'its commitment is no hash');
    this.#commitments.set(sequence, { bidder: body.bidder, commitment: body.commitment });
  }

  /** The maximum of a bid, once the end opened it. */
  #maximum(sequence: number): number {
    const opened = this.#opened?.get(sequence);
    demand(opened !== undefined, 'the end does not open it');
    return opened?.maximum ?? 0;
  }

  #running(): Auction {
    demand(this.#auction?.status === 'live', 'the auction is not live');
    return this.#auction as Auction;
  }

  #sameState(body: Json, auction: Auction): void {
    same('price', body.price, auction.price);
    same('leader', body.leader, auction.leader ?? null);
    same('reserve_met', body.reserve_met, auction.reserveMet);
    same('bid_count', body.bid_count, auction.bidCount);
  }

  #start(body: Json): void {
    demand(this.#auction === undefined, 'started twice');
    const terms = this.#terms as Terms;
    demand(body.at >= terms.starts_at, 'started before its time');
    this.#auction = new Auction(terms);
    if (!this.#opened) {
      same('judged', body.judged.map((one: Judged) => one.bidder), this.#prebids.map((kept) => kept.bidder));
      this.#auction.status = 'live';
      return;
    }
    this.#auction.prebids = this.#prebids.map(({ sequence, bidder }) => ({ bidder, amount: 0, maximum: this.#maximum(sequence) }));
    same('judged', body.judged, this.#auction.start());
    this.#sameState(body, this.#auction);
  }

  #bid(body: Json, sequence: number): void {
    const auction = this.#running();
    this.#commit(body, sequence);
    demand(body.at < auction.endsAt, 'a bid at or after the end');
    if (!this.#opened) {
      auction.endsAt = body.ends_at;
      return;
    }
    const maximum = this.#maximum(sequence);
    demand(maximum >= body.amount, 'its maximum is below its amount');
    const verdict = auction.bid(body.at, { bidder: body.bidder, amount: body.amount, maximum });
    demand(verdict === undefined, `by the rules refused: ${verdict?.reason}`);
    this.#sameState(body, auction);
    same('ends_at', body.ends_at, auction.endsAt);
  }

  #buy(body: Json): void {
    const auction = this.#running();
    demand(body.bidder >= 1 && body.bidder <= this.#bidders + 1, `bidder ${body.bidder} is not the next number`);
    this.#bidders = Math.max(this.#bidders, body.bidder);
    demand(body.at < auction.endsAt, 'bought at or after the end');
    this.#isBought = true;
    if (!this.#opened) return;
    const verdict = auction.buy(body.at, body.bidder);
    demand(verdict === undefined, `by the rules refused: ${verdict?.reason}`);
    same('price', body.price, auction.price);
  }

  #end(body: Json): void {
    const auction = this.#auction as Auction;
    demand(auction !== undefined, 'ended without a start');
    if (!this.#isBought) {
      demand(auction.status === 'live', 'ended twice');
      same('at', body.at, auction.endsAt); // the planned moment, however late it was written
      auction.end();
    }
    this.#open(body);
    same('outcome', body.outcome, auction.outcome);
    same('winner', body.winner, auction.winner ?? null);
    same('price', body.price, auction.price);
  }

  #open(body: Json): void {
    const { price, salt } = body.reserve;
    same('reserve_commitment', sha256(`${salt}:0:${price}`), this.#reserveCommitment);
    same('opened', body.opened.map((one: Opened) => one.sequence), [...this.#commitments.keys()]);
    for (const one of body.opened as Opened[]) {
      const kept = this.#commitments.get(one.sequence);
      same(`bidder of ${one.sequence}`, one.bidder, kept?.bidder);
      same(`commitment of ${one.sequence}`, sha256(`${one.salt}:${one.bidder}:${one.maximum}`), kept?.commitment);
    }
  }
}

/** undefined: everything fits. */
export function verifyLog(text: string): Finding | undefined {
  let sequence = 0;
  try {
    const entries = entriesOf(text);
    let chain = NO_CHAIN;
    for (const [i, entry] of entries.entries()) {
      sequence = i + 1;
      same('sequence', entry.sequence, sequence);
      chain = chainOf(chain, entry.body);
      same('chain', entry.chain, chain);
    }
    const bodies = entries.map((entry) => JSON.parse(entry.body) as Json);
    sequence = 1;
    same('auction_id', bodies[0].auction_id, JSON.parse(text).auction_id);
    sequence = 0;
    const reader = new Reader(bodies);
    for (const body of bodies) reader.read(++sequence, body);
    return undefined;
  } catch (error) {
    if (!(error instanceof Misfit || error instanceof SyntaxError || error instanceof TypeError)) throw error;
    return { sequence, problem: error.message };
  }
}
