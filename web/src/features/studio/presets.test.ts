// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import type { LicenseOption } from '../../api/types';
import { formsOf, inputsOf, PRESETS } from './presets';

const first = PRESETS[0];
if (!first) throw new Error('there are presets');
const option: LicenseOption = { id: '1', type: 'basic', name: 'Lease', price: { amount: 1950, currency: 'EUR' }, features: ['a', 'b'], file_types: ['mp3'], terms: first.terms };

test('every type has a form; only what is offered is on', () => {
  const forms = formsOf([option], 'EUR');
  expect(forms.map((form) => form.type)).toEqual(PRESETS.map((preset) => preset.type));
  expect(forms.filter((form) => form.isOffered).map((form) => form.name)).toEqual(['Lease']);
  expect(forms[0]?.price).toBe('19.50');
});

test('what is offered goes back as it came', () => {
  expect(inputsOf(formsOf([option], 'EUR'), 'EUR')).toEqual({
    licenses: [{ type: 'basic', name: 'Lease', price: 1950, features: ['a', 'b'], file_types: ['mp3'], terms: first.terms }],
  });
});

test('a price that is none is named', () => {
  const forms = formsOf([option], 'EUR');
  if (forms[0]) forms[0].price = 'ten';
  expect(inputsOf(forms, 'EUR')).toEqual({ licenses: [], wrongPrice: 'basic' });
});

test('an exclusive licence is sold once, the others are not', () => {
  expect(PRESETS.filter((preset) => preset.terms.is_exclusive).map((preset) => preset.type)).toEqual(['exclusive']);
});
