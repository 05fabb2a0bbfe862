// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { fileNames, term, termRows } from './terms';

test.each([
  [0, 'For ever'],
  [1, '1 month'],
  [18, '18 months'],
  [12, '1 year'],
  [36, '3 years'],
])('%i months', (months, text) => expect(term(months)).toBe(text));

test('a limit of zero is none', () => {
  const rows = new Map(termRows({ max_streams: 50000, max_copies: 0, max_videos: 1, term_months: 0, may_perform: false, may_broadcast: true, must_credit: true, is_exclusive: false }));
  expect(rows.get('Streams')).toBe('50,000');
  expect(rows.get('Copies sold')).toBe('Unlimited');
  expect(rows.get('Live performance')).toBe('No');
});

test('files', () => expect(fileNames(['mp3', 'wav', 'stems'])).toBe('MP3 + WAV + Stems'));
