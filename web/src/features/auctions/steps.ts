// SPDX-License-Identifier: AGPL-3.0-or-later
// The step above a price, by docs/auction-rules.md: what the next bid must be at least.
import { fractionDigits } from '../../ui/format';

const BANDS = [
  [500_000, 10_000],
  [250_000, 5_000],
  [100_000, 2_500],
  [50_000, 1_000],
  [25_000, 500],
  [10_000, 250],
  [2_500, 100],
  [500, 50],
  [100, 25],
  [0, 5],
] as const;

function scaled(hundredths: number, currency: string): number {
  return Math.floor(hundredths * 10 ** (fractionDigits(currency) - 2));
}

export function stepAbove(price: number, currency: string, bid_step: number | null): number {
  if (bid_step !== null && bid_step > 0) return bid_step;
  const band = BANDS.find(([from]) => price >= scaled(from, currency));
  return Math.max(1, scaled(band?.[1] ?? 5, currency));
}

type Priced = { price: number; starting_price: number; leader: number | null; currency: string; bid_step: number | null };

export function leastBid(auction: Priced): number {
  if (auction.leader === null) return auction.starting_price;
  return auction.price + stepAbove(auction.price, auction.currency, auction.bid_step);
}

/** What one tap offers: the least bid, and two steps beyond it. */
export function offers(auction: Priced): number[] {
  const least = leastBid(auction);
  const second = least + stepAbove(least, auction.currency, auction.bid_step);
  return [least, second, second + 2 * stepAbove(second, auction.currency, auction.bid_step)];
}
