// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { bytes, duration, exactMoney, keyName, money, parsePrice, plainPrice, words } from './format';

test.each([
  [2999, 'USD', '$29.99'],
  [3000, 'USD', '$30'],
  [0, 'EUR', '€0'],
  [1500, 'JPY', '¥1,500'],
])('money %i %s', (amount, currency, text) => expect(money({ amount, currency })).toBe(text));

test('money in columns keeps its digits', () => expect(exactMoney({ amount: -3000, currency: 'USD' })).toBe('-$30.00'));

test.each([
  ['29.99', 'USD', 2999],
  ['29,9', 'USD', 2990],
  ['30', 'USD', 3000],
  [' 0 ', 'USD', 0],
  ['1500', 'JPY', 1500],
  ['1.5', 'JPY', undefined],
  ['29.999', 'USD', undefined],
  ['-1', 'USD', undefined],
  ['abc', 'USD', undefined],
  ['', 'USD', undefined],
])('a price typed as %j in %s', (text, currency, minor) => expect(parsePrice(text, currency)).toBe(minor));

test('a price can be typed again as it is shown', () => expect(parsePrice(plainPrice(2905, 'USD'), 'USD')).toBe(2905));

test.each([
  [0, '0:00'],
  [187_400, '3:07'],
  [3_729_000, '1:02:09'],
])('duration of %i ms', (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  ['a_minor', 'A minor'],
  ['f_sharp_minor', 'F♯ minor'],
  ['c_major', 'C major'],
])('key %s', (key, text) => expect(keyName(key)).toBe(text));

test.each([
  ['hip-hop', 'Hip hop'],
  ['808', '808'],
])('word %s', (slug, text) => expect(words(slug)).toBe(text));

test.each([
  [12, '12 bytes'],
  [1_536_000, '1.5 MB'],
  [512_000_000, '512 MB'],
])('%i bytes', (size, text) => expect(bytes(size)).toBe(text));
