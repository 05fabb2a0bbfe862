// SPDX-License-Identifier: AGPL-3.0-or-later
// What can be said of the tree of categories without asking the server. The tree comes in its order: each category before what lies
// below it, siblings by their position.
import type { Violation } from '../../api/problem';
import type { Category } from '../goods/types';

export type Node = Pick<Category, 'id' | 'parent_id' | 'depth' | 'position' | 'is_active' | 'name'>;
export type Place = { id: string; position: number };

export const LEVELS_MAX = 8;
export const POSITION_MAX = 1_000_000;

export const siblingsOf = <T extends Node>(tree: T[], parent_id: string | null): T[] => tree.filter((one) => one.parent_id === parent_id);

export function childrenByParent<T extends Node>(tree: T[]): Map<string | null, T[]> {
  const children = new Map<string | null, T[]>();
  for (const one of tree) children.set(one.parent_id, [...(children.get(one.parent_id) ?? []), one]);
  return children;
}

/** The category and all that lies below it. */
export function branchOf<T extends Node>(tree: T[], id: string): T[] {
  const from = tree.findIndex((one) => one.id === id);
  const top = tree[from];
  if (!top) return [];
  const end = tree.findIndex((one, i) => i > from && one.depth <= top.depth);
  return tree.slice(from, end < 0 ? undefined : end);
}

/** Of these, those that are not below another of them: with them the others move. */
export function topmost(tree: Node[], ids: ReadonlySet<string>): string[] {
  const below = new Set([...ids].flatMap((id) => branchOf(tree, id).slice(1).map((one) => one.id)));
  return tree.filter((one) => ids.has(one.id) && !below.has(one.id)).map((one) => one.id);
}

/** Under which all of these may hang: not below themselves, and within the levels that a tree has. */
export function possibleParents<T extends Node>(tree: T[], ids: string[]): T[] {
  const branches = ids.map((id) => branchOf(tree, id));
  const own = new Set(branches.flat().map((one) => one.id));
  const levels = Math.max(1, ...branches.map((branch) => Math.max(0, ...branch.map((one) => one.depth)) - (branch[0]?.depth ?? 0) + 1));
  return tree.filter((one) => !own.has(one.id) && one.depth + 1 + levels <= LEVELS_MAX);
}

/** The positions to write so that one of these siblings stands `by` places further; none where there is no such place. */
export function placesAfterMove(siblings: Node[], id: string, by: number): Place[] {
  const from = siblings.findIndex((one) => one.id === id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= siblings.length) return [];
  const order = [...siblings];
  order.splice(to, 0, ...order.splice(from, 1));
  let last = -1;
  const rising = siblings.map(({ position }) => (last = Math.max(position, last + 1)));
  const places = last <= POSITION_MAX ? rising : rising.map((_, i) => i);
  return order.map(({ id }, i) => ({ id, position: places[i] ?? i })).filter((place, i) => order[i]?.position !== place.position);
}

/** Whose visitors' view is taken by a category above: its name, by the id of what is hidden with it. */
export function hiddenBy(tree: Node[]): Map<string, string> {
  const hidden = new Map<string, string>();
  const names = new Map(tree.filter((one) => !one.is_active).map((one) => [one.id, one.name]));
  for (const { id, parent_id } of tree) {
    const by = parent_id === null ? undefined : (hidden.get(parent_id) ?? names.get(parent_id));
    if (by !== undefined) hidden.set(id, by);
  }
  return hidden;
}

/** What the server says against single ones of a list of changes, by their ids; and what it says of no one of them. */
export function problemsByRow(ids: string[], violations: Violation[]): { rows: Map<string, string>; others: string[] } {
  const rows = new Map<string, string>();
  const others: string[] = [];
  for (const { pointer, message } of violations) {
    const id = ids[Number(/^\/changes\/(\d+)(\/|$)/.exec(pointer)?.[1] ?? -1)];
    if (id === undefined) others.push(message);
    else rows.set(id, [rows.get(id), message].filter(Boolean).join('; '));
  }
  return { rows, others };
}
