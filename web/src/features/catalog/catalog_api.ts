// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, take, type Schemas } from '../../api/client';
import type { Genre, Page, Spec, SpecCard, SpecQuery } from '../../api/types';

export function listSpecs(query: SpecQuery): Promise<Page<SpecCard>> {
  return take(api.GET('/api/v1/specs', { params: { query } }));
}

export function listSpecsOf(user: string, cursor?: string): Promise<Page<SpecCard>> {
  return take(api.GET('/api/v1/users/{user}/specs', { params: { path: { user }, query: { cursor, limit: 24, with_total: cursor === undefined } } }));
}

export function readSpec(key: string): Promise<Spec> {
  return take(api.GET('/api/v1/specs/{key}', { params: { path: { key } } }));
}

let genres: Promise<Genre[]> | undefined;

/** The genres of the shop, asked for once. */
export function listGenres(): Promise<Genre[]> {
  genres ??= take(api.GET('/api/v1/genres')).then(
    (list) => list.items,
    (error: unknown) => {
      genres = undefined;
      throw error;
    },
  );
  return genres;
}

export function freeDownload(key: string): Promise<Schemas['FreeDownload']> {
  return take(api.POST('/api/v1/specs/{key}/download-free', { params: { path: { key } } }));
}
