// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { keyColour } from './hue';

const hueOf = (key: string) => keyColour(key, '').hue;

test('a key and its relative minor share a hue', () => {
  expect(hueOf('a_minor')).toBe(hueOf('c_major'));
  expect(hueOf('f_sharp_minor')).toBe(hueOf('a_major'));
});

test('a fifth is one step, and twelve keys are twelve hues', () => {
  expect((hueOf('g_major') - hueOf('c_major') + 360) % 360).toBe(30);
  const majors = ['c', 'c_sharp', 'd', 'd_sharp', 'e', 'f', 'f_sharp', 'g', 'g_sharp', 'a', 'a_sharp', 'b'];
  expect(new Set(majors.map((note) => hueOf(`${note}_major`))).size).toBe(12);
});

test('without a key the hue comes from the id', () => {
  expect(keyColour(null, '0190-0ff')).toEqual({ hue: 255, mode: 'none' });
  expect(keyColour('', '0190-0ff').mode).toBe('none');
});
