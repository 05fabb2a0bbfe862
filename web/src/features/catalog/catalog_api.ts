// SPDX-License-Identifier: AGPL-3.0-or-later
import { call, once } from '../../api/client';
import type { Page, Spec, SpecCard } from '../../api/types';
import type { Filters } from './filters';

export type Genre = { id: string; slug: string; name: string };

export function listSpecs(query: Partial<Filters> & { limit?: number; cursor?: string; with_total?: boolean }): Promise<Page<SpecCard>> {
  return call('GET', '/specs', { query: { ...query, free: query.free || undefined, has_stems: query.has_stems || undefined } });
}

export function readSpec(key: string): Promise<Spec> {
  return call('GET', `/specs/${encodeURIComponent(key)}`);
}

let genres: Promise<Genre[]> | undefined;

/** The genres of the shop, asked for once. */
export function listGenres(): Promise<Genre[]> {
  genres ??= call<{ items: Genre[] }>('GET', '/genres').then(
    (list) => list.items,
    (error: unknown) => {
      genres = undefined;
      throw error;
    },
  );
  return genres;
}

export function reportSpec(id: string, body: { reason: string; message: string }): Promise<void> {
  return call('POST', `/specs/${id}/report`, { body, headers: once() });
}

export function freeDownload(id: string): Promise<{ url: string; file_name: string }> {
  return call('POST', `/specs/${id}/download-free`, { body: {} });
}
