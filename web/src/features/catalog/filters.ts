// SPDX-License-Identifier: AGPL-3.0-or-later
// What a list is filtered by, as it stands in the page's address. The names are those of the API.
import type { SpecQuery } from '../../api/types';

export const MOODS = ['moody', 'dark', 'cinematic', 'dreamy', 'aggressive', 'soulful', 'melancholic'] as const;
export const INSTRUMENTS = ['piano', 'guitar', 'drums', 'synth', 'bass', 'strings', 'brass', '808', 'vocal'] as const;
const NOTES = ['c', 'c_sharp', 'd', 'd_sharp', 'e', 'f', 'f_sharp', 'g', 'g_sharp', 'a', 'a_sharp', 'b'];
export const KEYS = NOTES.flatMap((note) => [`${note}_major`, `${note}_minor`]);

export const SORTS = [
  ['newest', 'Newest'],
  ['plays', 'Most played'],
  ['price_asc', 'Price, low first'],
  ['price_desc', 'Price, high first'],
  ['bpm_asc', 'Slow first'],
  ['bpm_desc', 'Fast first'],
  ['oldest', 'Oldest'],
] as const;

/** The filters as the page keeps them: all there, empty ones too. */
export type Filters = {
  q: string;
  category: string;
  genre: string[];
  mood: string[];
  instrument: string[];
  tag: string[];
  key: string;
  bpm_min: string;
  bpm_max: string;
  price_min: string;
  price_max: string;
  currency: string;
  producer: string;
  free: boolean;
  has_stems: boolean;
  sort: string;
};

const LISTS = ['genre', 'mood', 'instrument', 'tag'] as const;
const TEXTS = ['q', 'category', 'key', 'bpm_min', 'bpm_max', 'price_min', 'price_max', 'currency', 'producer', 'sort'] as const;
const SWITCHES = ['free', 'has_stems'] as const;
/** What narrows the list and is counted; words, sort and currency are not. */
const NARROWING = ['category', 'key', 'bpm_min', 'bpm_max', 'price_min', 'price_max', 'producer', ...LISTS, ...SWITCHES] as const;

export function filtersOf(query: URLSearchParams): Filters {
  const list = (name: string) => (query.get(name) ?? '').split(',').filter((word) => word !== '');
  return Object.fromEntries([
    ...TEXTS.map((name) => [name, query.get(name) ?? '']),
    ...LISTS.map((name) => [name, list(name)]),
    ...SWITCHES.map((name) => [name, query.get(name) === 'true']),
  ]) as Filters;
}

export function queryOf(filters: Filters): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of TEXTS) if (filters[name] !== '' && !(name === 'sort' && filters.sort === 'newest')) query.set(name, filters[name]);
  for (const name of LISTS) if (filters[name].length > 0) query.set(name, filters[name].join(','));
  for (const name of SWITCHES) if (filters[name]) query.set(name, 'true');
  return query;
}

/** How many filters narrow the list. */
export function countFilters(filters: Filters): number {
  return NARROWING.reduce((sum, name) => {
    const value = filters[name];
    return sum + (Array.isArray(value) ? value.length : value ? 1 : 0);
  }, 0);
}

/** All filters off; words and sort stay. */
export function cleared(filters: Filters): Filters {
  const empty = filtersOf(new URLSearchParams());
  return { ...empty, q: filters.q, sort: filters.sort.startsWith('price') ? '' : filters.sort, currency: '' };
}

export function toggled(list: string[], word: string): string[] {
  return list.includes(word) ? list.filter((other) => other !== word) : [...list, word];
}

/** The filters as the API takes them; what the address holds beyond its words, the API refuses with its reasons. */
export function specQueryOf(filters: Filters): SpecQuery {
  const query: Record<string, unknown> = {};
  for (const name of TEXTS) if (filters[name] !== '') query[name] = filters[name];
  for (const name of LISTS) if (filters[name].length > 0) query[name] = filters[name];
  for (const name of SWITCHES) if (filters[name]) query[name] = true;
  return query as SpecQuery;
}
