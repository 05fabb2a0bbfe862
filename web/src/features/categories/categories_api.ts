// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, once, take, type Schemas } from '../../api/client';
import type { Category } from '../goods/types';

type Draft = Schemas['CategoryDraft'];
/** What is left out stays as it is. */
export type Change = Partial<Schemas['CategoryPatch']>;

export function createCategory(body: Draft): Promise<Category> {
  return take(api.POST('/api/v1/categories', { body, headers: once() }));
}

export function changeCategory(key: string, body: Change): Promise<Category> {
  return take(api.PATCH('/api/v1/categories/{key}', { params: { path: { key } }, body: body as Schemas['CategoryPatch'] }));
}

/** All of them or none; the tree as it is then. */
export async function changeCategories(changes: (Change & { id: string })[]): Promise<Category[]> {
  return (await take(api.POST('/api/v1/categories/bulk', { body: { changes: changes as Schemas['CategoryEdit'][] } }))).items;
}

export async function deleteCategory(key: string): Promise<void> {
  await take(api.DELETE('/api/v1/categories/{key}', { params: { path: { key } } }));
}
