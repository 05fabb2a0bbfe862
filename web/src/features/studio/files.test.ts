// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { titleOf } from './files';

test.each([
  ['03_night-train (final).wav', 'Night train (final)'],
  ['Saltwater.flac', 'Saltwater'],
  ['808.wav', '808'],
  ['a.b.c.mp3', 'A.b.c'],
  [`${'x'.repeat(120)}.wav`, `X${'x'.repeat(99)}`],
])('%s', (name, title) => expect(titleOf(name)).toBe(title));
