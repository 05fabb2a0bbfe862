// SPDX-License-Identifier: AGPL-3.0-or-later
// Random auctions: few bidders and small numbers, so that ties, equal maxima and the edges of every rule come up often. The model is run along, for
// the next bid to be drawn near what matters now.
import { Dice } from '../lib/random.ts';
import { Auction, type Judged, stepAt, type Terms, type Verdict } from './rules.ts';

export type Command =
  | { do: 'bid'; at: number; bidder: number; amount: number; maximum: number }
  | { do: 'buy'; at: number; bidder: number }
  | { do: 'start'; at: number }
  | { do: 'end'; at: number }
  | { do: 'cancel'; at: number };

/** What an auction shows after a command. */
export type State = {
  status: string;
  price: number;
  leader: number | undefined;
  maximum: number;
  reserve_met: boolean;
  bid_count: number;
  ends_at: number;
  winner: number | undefined;
  outcome: string | undefined;
};
/** `least`: what the next bid has to be after it; `judged`: the pre-bids, at the start. */
export type Step = { command: Command; verdict: Verdict; state: State; least: number; judged?: Judged[] };
export type Play = { terms: Terms; steps: Step[] };

export function stateOf(auction: Auction): State {
  return {
    status: auction.status,
    price: auction.price,
    leader: auction.leader,
    maximum: auction.leaderMaximum,
    reserve_met: auction.reserveMet,
    bid_count: auction.bidCount,
    ends_at: auction.endsAt,
    winner: auction.winner,
    outcome: auction.outcome,
  };
}

const MINUTE_US = 60_000_000;
const EPOCH = 1_790_000_000_000_000;

/** Prices from which the step grows lie among the small ones, or a few steps below an edge of the table. */
function startingPrice(dice: Dice): number {
  if (dice.chance(0.6)) return dice.between(1, 130);
  if (dice.chance(0.02)) return 9e11 - dice.between(0, 300);
  return Math.max(1, dice.pick([500, 2_500, 5_000, 10_000, 25_000, 100_000, 250_000, 500_000, 5_000_000]) - dice.between(0, 300));
}

export function randomTerms(dice: Dice): Terms {
  const starting_price = startingPrice(dice);
  const reserve_price = dice.chance(0.5) ? 0 : starting_price + dice.between(0, 60);
  const least = Math.max(starting_price + 1, reserve_price);
  const soft_close_ms = dice.chance(0.4) ? 0 : dice.pick([1, 10, 5_000, 30_000]);
  const starts_at = EPOCH + dice.between(0, 1_000_000);
  return {
    currency: dice.pick(['USD', 'USD', 'EUR', 'JPY', 'KWD']),
    starting_price,
    reserve_price,
    buy_now_price: dice.chance(0.6) ? 0 : least + dice.between(0, 200),
    bid_step: dice.chance(0.6) ? 0 : dice.pick([1, 1, 2, 5, 50]),
    starts_at,
    ends_at: starts_at + MINUTE_US,
    soft_close_ms,
    extend_ms: soft_close_ms === 0 ? 0 : dice.pick([1, 1_000, soft_close_ms, 60_000]),
  };
}

/** An amount at, or just beside, one of the numbers that decide. */
function amountNear(dice: Dice, auction: Auction): number {
  const { terms } = auction;
  const anchors = [auction.least, auction.least, auction.least, auction.price, terms.starting_price, terms.reserve_price];
  if (auction.leader !== undefined) anchors.push(auction.leaderMaximum, auction.leaderMaximum + stepAt(terms, auction.leaderMaximum));
  for (const kept of auction.prebids) anchors.push(kept.maximum);
  return Math.max(1, dice.pick(anchors) + dice.pick([-1, 0, 0, 0, 1, 5, dice.between(0, 40)]));
}

export class Player {
  readonly auction: Auction;
  readonly steps: Step[] = [];
  readonly #dice: Dice;
  readonly #bidders: number;
  #now: number;

  constructor(dice: Dice, terms: Terms) {
    this.#dice = dice;
    this.#bidders = dice.between(2, 5);
    this.auction = new Auction(terms);
    this.#now = terms.starts_at - MINUTE_US;
  }

  #note(command: Command, verdict: Verdict, judged?: Judged[]): void {
    this.steps.push({ command, verdict, state: stateOf(this.auction), least: this.auction.least, ...(judged ? { judged } : {}) });
  }

  /** The seller (0) tries as well. */
  #bidder(): number {
    return this.#dice.chance(0.04) ? 0 : this.#dice.between(1, this.#bidders);
  }

  #bid(): void {
    const amount = amountNear(this.#dice, this.auction);
    const maximum = this.#dice.chance(0.4) ? amount : Math.max(amount, amountNear(this.#dice, this.auction));
    const bid = { bidder: this.#bidder(), amount, maximum };
    this.#note({ do: 'bid', at: this.#now, ...bid }, this.auction.bid(this.#now, bid));
  }

  #buy(): void {
    const bidder = this.#bidder();
    this.#note({ do: 'buy', at: this.#now, bidder }, this.auction.buy(this.#now, bidder));
  }

  #cancel(): void {
    this.#note({ do: 'cancel', at: this.#now }, this.auction.cancel());
  }

  #beforeStart(): void {
    const room = this.auction.terms.starts_at - this.#now - 1;
    for (let left = this.#dice.chance(0.5) ? 0 : this.#dice.between(1, 6); left > 0; left--) {
      this.#now += this.#dice.between(0, Math.floor(room / 8));
      if (this.#dice.chance(0.05)) this.#buy();
      else this.#bid();
    }
    if (this.#dice.chance(0.02)) this.#cancel();
  }

  #start(): void {
    this.#now = this.auction.terms.starts_at;
    this.#note({ do: 'start', at: this.#now }, undefined, this.auction.start());
  }

  /** Into the last moments quickly, where soft close is decided to the microsecond. */
  #advance(): void {
    const left = this.auction.endsAt - this.#now;
    const soft = this.auction.terms.soft_close_ms * 1_000;
    const targets = [0, 0, 1, Math.floor(left / 3), left - soft - 1, left - soft, left - soft + 1, left - 1];
    if (this.#dice.chance(0.03)) targets.push(left, left + 1);
    this.#now += Math.max(0, this.#dice.pick(targets));
  }

  #whileLive(): void {
    for (let left = this.#dice.between(0, 18); left > 0 && this.auction.status === 'live'; left--) {
      this.#advance();
      if (this.#dice.chance(0.03)) this.#buy();
      else if (this.#dice.chance(0.01)) this.#cancel();
      else this.#bid();
    }
  }

  #finish(): void {
    if (this.auction.status === 'live') {
      this.#now = Math.max(this.#now, this.auction.endsAt);
      this.auction.end();
      this.#note({ do: 'end', at: this.auction.endsAt }, undefined);
    }
    if (this.#dice.chance(0.2)) this.#bid();
    if (this.#dice.chance(0.1)) this.#buy();
  }

  play(): Play {
    this.#beforeStart();
    if (this.auction.status === 'scheduled') {
      this.#start();
      this.#whileLive();
      this.#finish();
    }
    return { terms: this.auction.terms, steps: this.steps };
  }
}

export function randomPlay(seed: number): Play {
  const dice = new Dice(seed);
  return new Player(dice, randomTerms(dice)).play();
}
