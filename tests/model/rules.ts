// SPDX-License-Identifier: AGPL-3.0-or-later
// The rules of an auction once more, written from docs/auction-rules.md alone, for comparison with the server's own. Amounts are in minor
// units and times in microseconds; both stay below 2^53.

export type Terms = {
  currency: string;
  starting_price: number;
  reserve_price: number;
  buy_now_price: number;
  bid_step: number;
  starts_at: number;
  ends_at: number;
  soft_close_ms: number;
  extend_ms: number;
};

export type Status = 'scheduled' | 'live' | 'ended' | 'cancelled';
export type Outcome = 'sold' | 'reserve_not_met' | 'no_bids';
export type Reason =
  | 'auctions.bid_too_low'
  | 'auctions.max_not_higher'
  | 'auctions.closed'
  | 'auctions.not_started'
  | 'auctions.started'
  | 'auctions.own_lot'
  | 'auctions.buy_now_gone';

/** Why not; `least` goes with bid_too_low. */
export type Refusal = { reason: Reason; least?: number };
/** undefined: done. */
export type Verdict = Refusal | undefined;

export type Bid = { bidder: number; amount: number; maximum: number };
export type Judged = { bidder: number; accepted: boolean };

const DECIMALS: Record<string, number> = { USD: 2, EUR: 2, JPY: 0, KWD: 3 };
const BANDS: readonly [from: number, step: number][] = [
  [0, 5],
  [100, 25],
  [500, 50],
  [2_500, 100],
  [10_000, 250],
  [25_000, 500],
  [50_000, 1_000],
  [100_000, 2_500],
  [250_000, 5_000],
  [500_000, 10_000],
];

/** A number of the table, of hundredths, in the currency's own minor unit. */
function scaled(hundredths: number, currency: string): number {
  const decimals = DECIMALS[currency];
  if (decimals === undefined) throw new Error(`no such currency here: ${currency}`);
  return Math.max(1, decimals >= 2 ? hundredths * 10 ** (decimals - 2) : Math.floor(hundredths / 10 ** (2 - decimals)));
}

export function stepAt(terms: Terms, price: number): number {
  if (terms.bid_step > 0) return terms.bid_step;
  let step = BANDS[0]![1];
  for (const [from, bandStep] of BANDS) if (price >= scaled(from, terms.currency)) step = bandStep;
  return scaled(step, terms.currency);
}

/** One auction. The seller is bidder 0. */
export class Auction {
  readonly terms: Terms;
  status: Status = 'scheduled';
  price = 0;
  leader: number | undefined;
  leaderMaximum = 0;
  bidCount = 0;
  endsAt: number;
  outcome: Outcome | undefined;
  /** Kept pre-bids, in the order of their sequence numbers. */
  prebids: Bid[] = [];

  constructor(terms: Terms) {
    this.terms = terms;
    this.endsAt = terms.ends_at;
  }

  /** As it is now; lists are replaced, never changed, so they are shared. */
  copy(): Auction {
    return Object.assign(new Auction(this.terms), this);
  }

  /** Who bought at once leads with the price that was paid. */
  get winner(): number | undefined {
    return this.outcome === 'sold' ? this.leader : undefined;
  }

  get reserveMet(): boolean {
    return this.leader !== undefined && this.leaderMaximum >= this.terms.reserve_price;
  }

  /** The least amount that somebody who does not lead has to bid. */
  get least(): number {
    return this.leader === undefined ? this.terms.starting_price : this.price + stepAt(this.terms, this.price);
  }

  start(): Judged[] {
    this.status = 'live';
    const judged = this.prebids.map((bid) => ({ bidder: bid.bidder, accepted: this.#judge({ ...bid, amount: bid.maximum }) === undefined }));
    this.prebids = [];
    return judged;
  }

  bid(at: number, bid: Bid): Verdict {
    if (this.status === 'scheduled') return this.#keep(bid);
    if (!this.#isOpen(at)) return { reason: 'auctions.closed' };
    const before = { leader: this.leader, price: this.price };
    const verdict = this.#judge(bid);
    if (verdict === undefined && (before.leader !== this.leader || before.price !== this.price)) this.#extend(at);
    return verdict;
  }

  buy(at: number, bidder: number): Verdict {
    if (!this.#isOpen(at) || this.terms.buy_now_price === 0 || this.reserveMet) return { reason: 'auctions.buy_now_gone' };
    if (bidder === 0) return { reason: 'auctions.own_lot' };
    this.status = 'ended';
    this.endsAt = at;
    this.outcome = 'sold';
    this.leader = bidder;
    this.leaderMaximum = this.terms.buy_now_price;
    this.price = this.terms.buy_now_price;
    return undefined;
  }

  end(): void {
    this.status = 'ended';
    this.outcome = this.leader === undefined ? 'no_bids' : this.reserveMet ? 'sold' : 'reserve_not_met';
  }

  cancel(): Verdict {
    if (this.status !== 'scheduled') return { reason: 'auctions.started' };
    this.status = 'cancelled';
    return undefined;
  }

  #isOpen(at: number): boolean {
    return this.status === 'live' && at < this.endsAt;
  }

  #keep(bid: Bid): Verdict {
    if (bid.bidder === 0) return { reason: 'auctions.own_lot' };
    if (bid.amount < this.terms.starting_price) return { reason: 'auctions.bid_too_low', least: this.terms.starting_price };
    const earlier = this.prebids.find((kept) => kept.bidder === bid.bidder);
    if (earlier && bid.maximum <= earlier.maximum) return { reason: 'auctions.max_not_higher' };
    this.prebids = [...this.prebids.filter((kept) => kept !== earlier), bid];
    return undefined;
  }

  /** Rules 2 to 6. */
  #judge(bid: Bid): Verdict {
    if (bid.bidder === 0) return { reason: 'auctions.own_lot' };
    if (this.leader === bid.bidder) {
      if (bid.maximum <= this.leaderMaximum) return { reason: 'auctions.max_not_higher' };
      this.leaderMaximum = bid.maximum;
    } else {
      if (bid.amount < this.least) return { reason: 'auctions.bid_too_low', least: this.least };
      this.#compete(bid);
    }
    this.bidCount += 1;
    if (this.reserveMet && this.price < this.terms.reserve_price) this.price = this.terms.reserve_price;
    return undefined;
  }

  #compete(bid: Bid): void {
    const limit = this.leaderMaximum;
    if (this.leader === undefined) this.price = this.terms.starting_price;
    else if (bid.maximum > limit) this.price = Math.min(bid.maximum, limit + stepAt(this.terms, limit));
    else this.price = Math.min(limit, bid.maximum + stepAt(this.terms, bid.maximum));
    if (this.leader === undefined || bid.maximum > limit) {
      this.leader = bid.bidder;
      this.leaderMaximum = bid.maximum;
    }
  }

  #extend(at: number): void {
    if (this.terms.soft_close_ms > 0 && this.endsAt - at < this.terms.soft_close_ms * 1_000) {
      this.endsAt = Math.max(this.endsAt, at + this.terms.extend_ms * 1_000);
    }
  }
}
