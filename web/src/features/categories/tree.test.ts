// SPDX-License-Identifier: AGPL-3.0-or-later
import { describe, expect, test } from 'vitest';
import { branchOf, childrenByParent, hiddenBy, LEVELS_MAX, type Node, placesAfterMove, POSITION_MAX, possibleParents, problemsByRow, siblingsOf, topmost } from './tree';

const node = (id: string, parent_id: string | null, depth: number, more: Partial<Node> = {}): Node => ({ id, parent_id, depth, position: 10, is_active: true, name: id.toUpperCase(), ...more });

const tree = [
  node('records', null, 0),
  node('vinyl', 'records', 1),
  node('singles', 'vinyl', 2),
  node('tapes', 'records', 1),
  node('gear', null, 0),
  node('amps', 'gear', 1),
];
const ids = (nodes: Node[]): string[] => nodes.map((one) => one.id);

describe('what lies below', () => {
  test.each([
    ['records', ['records', 'vinyl', 'singles', 'tapes']],
    ['vinyl', ['vinyl', 'singles']],
    ['gear', ['gear', 'amps']],
    ['amps', ['amps']],
    ['nothing', []],
  ])('%s', (id, branch) => expect(ids(branchOf(tree, id))).toEqual(branch));

  test('siblings keep the order of the tree', () => {
    expect(ids(siblingsOf(tree, null))).toEqual(['records', 'gear']);
    expect(ids(siblingsOf(tree, 'records'))).toEqual(['vinyl', 'tapes']);
  });

  test('each parent has its children in order', () => {
    expect([...childrenByParent(tree)].map(([parent, children]) => [parent, ...ids(children)])).toEqual([[null, 'records', 'gear'], ['records', 'vinyl', 'tapes'], ['vinyl', 'singles'], ['gear', 'amps']]);
  });

  test('what is below another chosen one goes with it', () => {
    expect(topmost(tree, new Set(['singles', 'amps', 'records']))).toEqual(['records', 'amps']);
    expect(topmost(tree, new Set(['singles', 'tapes']))).toEqual(['singles', 'tapes']);
  });
});

describe('what may be a parent', () => {
  test('neither itself nor what lies below it', () => {
    expect(ids(possibleParents(tree, ['vinyl']))).toEqual(['records', 'tapes', 'gear', 'amps']);
    expect(ids(possibleParents(tree, ['records', 'amps']))).toEqual(['gear']);
  });

  test('anything, for what is not there yet', () => {
    expect(possibleParents(tree, [])).toEqual(tree);
  });

  test('only where the levels suffice', () => {
    const deep = Array.from({ length: LEVELS_MAX }, (_, depth) => node(`level${depth}`, depth === 0 ? null : `level${depth - 1}`, depth));
    expect(ids(possibleParents([...deep, node('leaf', null, 0)], ['leaf']))).toEqual(ids(deep.slice(0, -1)));
    expect(ids(possibleParents([...deep, ...tree], ['records'])).filter((id) => id.startsWith('level'))).toEqual(ids(deep.slice(0, LEVELS_MAX - 3)));
  });
});

describe('a step among siblings', () => {
  const at = (...positions: number[]): Node[] => positions.map((position, i) => node('abcd'[i] ?? '', null, 0, { position }));
  /** The order that the server makes of it. */
  const after = (siblings: Node[], places: { id: string; position: number }[]): string =>
    siblings
      .map((one) => ({ id: one.id, position: places.find((place) => place.id === one.id)?.position ?? one.position }))
      .sort((a, b) => a.position - b.position || a.id.localeCompare(b.id))
      .map((one) => one.id)
      .join('');

  test.each([
    ['b', -1, 'bacd', [10, 20, 30, 40]],
    ['b', 1, 'acbd', [10, 20, 30, 40]],
    ['d', -1, 'abdc', [5, 5, 5, 5]],
    ['a', 1, 'bacd', [0, 0, 1, 1]],
    ['c', -1, 'acbd', [10, POSITION_MAX, POSITION_MAX, POSITION_MAX]],
  ])('%s by %i becomes %s of %j', (id, by, order, positions) => {
    const siblings = at(...positions);
    const places = placesAfterMove(siblings, id, by);
    expect(after(siblings, places)).toBe(order);
    for (const place of places) expect(place.position).toBeLessThanOrEqual(POSITION_MAX);
  });

  test('only what changes is written', () => {
    expect(placesAfterMove(at(10, 20, 30, 40), 'b', -1)).toEqual([{ id: 'b', position: 10 }, { id: 'a', position: 20 }]);
  });

  test.each([['a', -1], ['d', 1], ['x', 1]])('%s cannot go by %i', (id, by) => expect(placesAfterMove(at(1, 2, 3, 4), id, by)).toEqual([]));
});

test('what is below a hidden category is hidden by the topmost of them', () => {
  const dark = tree.map((one) => (one.id === 'records' || one.id === 'vinyl' ? { ...one, is_active: false } : one));
  expect([...hiddenBy(dark)]).toEqual([['vinyl', 'RECORDS'], ['singles', 'RECORDS'], ['tapes', 'RECORDS']]);
});

test('violations find their rows', () => {
  const said = (pointer: string, message: string) => ({ pointer, message, rule: 'x' });
  const { rows, others } = problemsByRow(['a', 'b'], [said('/changes/1/parent_id', 'is no category'), said('/changes/1', 'is gone'), said('/changes', 'are too many'), said('/changes/7', 'is nowhere')]);
  expect([...rows]).toEqual([['b', 'is no category; is gone']]);
  expect(others).toEqual(['are too many', 'is nowhere']);
});
