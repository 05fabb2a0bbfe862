// SPDX-License-Identifier: AGPL-3.0-or-later
// Writes the log of an auction that the model played, as docs/auction-rules.md says, for tests of the verifier.
import { createHash } from 'node:crypto';
import type { Command, Play, Step } from './generate.ts';
import { type Entry, NO_CHAIN, chainOf } from './log.ts';

type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any

const AUCTION = '019ab5f0-0000-7000-8000-000000000001';

export function commit(salt: string, bidder: number, maximum: number): string {
  return createHash('sha256').update(`${salt}:${bidder}:${maximum}`).digest('hex');
}

/** Entries with chains over these bodies. */
export function chained(bodies: Json[]): Entry[] {
  let chain = NO_CHAIN;
  return bodies.map((body, i) => {
    const text = JSON.stringify(body);
    chain = chainOf(chain, text);
    return { sequence: i + 1, chain, body: text };
  });
}

export const asText = (entries: Entry[]): string => JSON.stringify({ auction_id: AUCTION, events: entries });

class Writer {
  readonly bodies: Json[] = [];
  readonly #numbers = new Map<number, number>();
  readonly #opened: Json[] = [];
  readonly #play: Play;

  constructor(play: Play) {
    this.#play = play;
    const { reserve_price, ...shown } = play.terms;
    const ids = { auction_id: AUCTION, item_id: '019ab5f0-0000-7000-8000-000000000002' };
    this.bodies.push({ kind: 'created', at: play.terms.starts_at - 3_600_000_000, ...ids, ...shown, reserve_commitment: commit(this.#salt(0), 0, reserve_price) });
  }

  #salt(sequence: number): string {
    return createHash('sha256').update(`salt ${this.#play.terms.starts_at} ${sequence}`).digest('hex').slice(0, 32);
  }

  /** Bidders are numbered in the order of their first bid. */
  #number(bidder: number | undefined): number | null {
    if (bidder === undefined) return null;
    if (!this.#numbers.has(bidder)) this.#numbers.set(bidder, this.#numbers.size + 1);
    return this.#numbers.get(bidder) as number;
  }

  #commit(command: Command & { do: 'bid' }): Json {
    const sequence = this.bodies.length + 1;
    const bidder = this.#number(command.bidder) as number;
    const salt = this.#salt(sequence);
    this.#opened.push({ sequence, bidder, maximum: command.maximum, salt });
    return { bidder, commitment: commit(salt, bidder, command.maximum) };
  }

  #shown({ state }: Step): Json {
    return { price: state.price, leader: this.#number(state.leader), reserve_met: state.reserve_met, bid_count: state.bid_count };
  }

  add(step: Step): void {
    const { command, state } = step;
    const head = { at: command.at };
    if (command.do === 'bid') {
      const { bidder, commitment } = this.#commit(command);
      if (state.status === 'scheduled') this.bodies.push({ kind: 'prebid', ...head, bidder, commitment });
      else this.bodies.push({ kind: 'bid', ...head, bidder, amount: command.amount, commitment, ...this.#shown(step), ends_at: state.ends_at });
    } else if (command.do === 'start') {
      const judged = (step.judged ?? []).map((one) => ({ bidder: this.#number(one.bidder), accepted: one.accepted }));
      this.bodies.push({ kind: 'started', ...head, judged, ...this.#shown(step) });
    } else if (command.do === 'buy') {
      this.bodies.push({ kind: 'bought', ...head, bidder: this.#number(command.bidder), price: state.price });
      this.#end(command.at, step);
    } else if (command.do === 'end') {
      this.#end(command.at, step);
    } else {
      this.bodies.push({ kind: 'cancelled', ...head });
    }
  }

  #end(at: number, { state }: Step): void {
    const reserve = { price: this.#play.terms.reserve_price, salt: this.#salt(0) };
    this.bodies.push({ kind: 'ended', at, outcome: state.outcome, winner: this.#number(state.winner), price: state.price, opened: this.#opened, reserve });
  }
}

/** The bodies of the log of what was accepted. */
export function logOf(play: Play): Json[] {
  const writer = new Writer(play);
  for (const step of play.steps) if (step.verdict === undefined) writer.add(step);
  return writer.bodies;
}
