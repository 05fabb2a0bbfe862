// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { barsPath, discPath, resample } from './groove';

test('each bar is one stroke', () => {
  expect(discPath([0, 50, 100], 10, 20).match(/M/g)).toHaveLength(3);
  expect(barsPath([100, 0], 40)).toBe('M0.5 0V40M1.5 18.8V21.2');
});

test('the first spoke points up, as long as its bar is loud', () => {
  expect(discPath([100], 10, 20)).toBe('M0 -10L0 -20');
});

test.each([
  [[10, 90, 20, 30], 2, [90, 30]],
  [[10, 90], 4, [10, 10, 90, 90]],
  [[], 2, [6, 6]],
])('resampling %j to %i', (bars, wanted, expected) => expect(resample(bars, wanted)).toEqual(expected));
