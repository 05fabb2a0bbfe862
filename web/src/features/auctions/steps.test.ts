// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, test } from 'vitest';
import { leastBid, offers, stepAbove } from './steps';

describe('the step above a price', () => {
  test.each([
    [0, 'USD', 5],
    [99, 'USD', 5],
    [100, 'USD', 25],
    [2_499, 'USD', 50],
    [2_500, 'USD', 100],
    [500_000, 'USD', 10_000],
    [0, 'JPY', 1],
    [5, 'JPY', 1],
    [24, 'JPY', 1],
    [25, 'JPY', 1],
    [100, 'JPY', 2],
    [5_000, 'JPY', 100],
    [999, 'KWD', 50],
    [1_000, 'KWD', 250],
  ])('%d %s: %d', (price, currency, step) => {
    expect(stepAbove(price, currency, null)).toBe(step);
  });

  test('is what the seller said where one was given', () => {
    expect(stepAbove(10, 'USD', 700)).toBe(700);
  });
});

const auction = { price: 1_000, starting_price: 800, leader: 3, currency: 'USD', bid_step: null };

test('the first bid is the starting price, a later one a step above', () => {
  expect(leastBid({ ...auction, leader: null })).toBe(800);
  expect(leastBid(auction)).toBe(1_050);
  expect(offers(auction)).toEqual([1_050, 1_100, 1_200]);
});
