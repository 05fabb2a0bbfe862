// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { cleared, countFilters, filtersOf, KEYS, queryOf, toggled } from './filters';

test('an address is read and written alike', () => {
  const filters = filtersOf(new URLSearchParams('genre=trap,drill&has_stems=true&sort=newest'));
  expect(filters.genre).toEqual(['trap', 'drill']);
  expect(filters.has_stems).toBe(true);
  expect(queryOf(filters).toString()).toBe('genre=trap%2Cdrill&has_stems=true');
});

test('counting and clearing', () => {
  const filters = filtersOf(new URLSearchParams('q=x&genre=trap,drill&bpm_min=80&sort=price_asc&currency=USD'));
  expect(countFilters(filters)).toBe(3);
  expect(queryOf(cleared(filters)).toString()).toBe('q=x');
});

test('toggling a word', () => {
  expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
  expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
});

test('there are 24 keys', () => expect(new Set(KEYS).size).toBe(24));
