// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { HeardTime } from './heard';

function play(heard: HeardTime, from: number, to: number, length = 200): number {
  let counted = 0;
  for (let at = from; at <= to; at += 0.25) if (heard.add(at, length)) counted += 1;
  return counted;
}

test('thirty seconds count once', () => {
  const heard = new HeardTime();
  expect(play(heard, 0, 29.5)).toBe(0);
  expect(play(heard, 29.5, 31)).toBe(1);
  expect(play(heard, 31, 100)).toBe(0);
});

test('seeking is not hearing', () => {
  const heard = new HeardTime();
  expect(play(heard, 0, 10)).toBe(0);
  expect(play(heard, 150, 165)).toBe(0);
  expect(heard.finish()).toBe(false);
});

test('a preview of thirty seconds that was heard to its end is thirty seconds', () => {
  const heard = new HeardTime();
  play(heard, 0, 29.5, 30);
  expect(heard.finish()).toBe(true);
  expect(heard.seconds).toBe(30);
});

test('something short counts when it was heard to its end', () => {
  const heard = new HeardTime();
  expect(play(heard, 0, 11.75, 12)).toBe(0);
  expect(heard.finish()).toBe(true);
  expect(heard.finish()).toBe(false);
});
