// SPDX-License-Identifier: AGPL-3.0-or-later
import { expect, test } from 'vitest';
import { matchPath } from './match';

test.each([
  ['/', '/', {}],
  ['/browse', '/browse/', {}],
  ['/browse', '/browse/x', undefined],
  ['/specs/:key', '/specs/night-train', { key: 'night-train' }],
  ['/specs/:key', '/specs/a%20b', { key: 'a b' }],
  ['/specs/:key', '/specs/%E0%A4%A', undefined],
  ['/specs/:key', '/specs', undefined],
  ['/studio/:id/edit', '/studio/1/edit', { id: '1' }],
  ['/studio/:id/edit', '/studio/1/show', undefined],
])('%s against %s', (pattern, path, expected) => {
  expect(matchPath(pattern, path)).toEqual(expected);
});
