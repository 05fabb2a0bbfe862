// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { clockOffset, remainingText, spokenStep } from './remaining';

test.each([
  [0, '0:00.0'],
  [-5, '0:00.0'],
  [7_340, '0:07.3'],
  [10_000, '0:10'],
  [249_000, '4:09'],
  [3_600_000, '1 h 00 min'],
  [187 * 60_000, '3 h 07 min'],
  [52 * 3_600_000, '2 d 4 h'],
])('%d ms are %s', (ms, text) => {
  expect(remainingText(ms)).toBe(text);
});

test('the offset is taken in the middle of the way', () => {
  expect(clockOffset('2026-11-20T12:00:00.000Z', Date.parse('2026-11-20T11:59:50.000Z'), Date.parse('2026-11-20T11:59:52.000Z'))).toBe(9_000);
});

test('a few moments are spoken, once', () => {
  expect(spokenStep(60_500, 59_500)).toBe('One minute left');
  expect(spokenStep(59_500, 58_000)).toBe('');
  expect(spokenStep(10_400, 9_900)).toBe('10 seconds left');
});
