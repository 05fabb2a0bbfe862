// SPDX-License-Identifier: AGPL-3.0-or-later
// A genre as the shop writes it ("Lo-Fi", "R&B"); its slug in words until the names are there.
import { SvelteMap } from 'svelte/reactivity';
import { words } from '../../ui/format';
import { listGenres } from './catalog_api';

const names = new SvelteMap<string, string>();
let isAsked = false;

async function ask(): Promise<void> {
  for (const genre of await listGenres()) names.set(genre.slug, genre.name);
}

export function genreName(slug: string): string {
  if (!isAsked) {
    isAsked = true;
    ask().catch(() => (isAsked = false));
  }
  return names.get(slug) ?? words(slug);
}
