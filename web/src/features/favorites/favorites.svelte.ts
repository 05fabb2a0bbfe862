// SPDX-License-Identifier: AGPL-3.0-or-later
// What the listener marked. Marks show at once and go back when the server refuses.
import { SvelteSet } from 'svelte/reactivity';
import { api, take } from '../../api/client';
import type { Page, SpecCard } from '../../api/types';
import { toasts } from '../../app/toasts.svelte';
import { session } from '../session/session.svelte';

const LOOKED_AT = 100;

class Favorites {
  #ids = new SvelteSet<string>();
  #loaded: Promise<void> | undefined;

  constructor() {
    session.onChange(() => {
      this.#ids.clear();
      this.#loaded = undefined;
    });
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Fetches the marks once per session. */
  load(): void {
    if (!session.isMember || this.#loaded) return;
    this.#loaded = listFavorites(undefined, LOOKED_AT).then(
      (page) => page.items.forEach((spec) => this.#ids.add(spec.id)),
      () => (this.#loaded = undefined),
    );
  }

  async toggle(id: string): Promise<void> {
    const wasMarked = this.#ids.has(id);
    this.#mark(id, !wasMarked);
    try {
      const at = { params: { path: { key: id } } };
      await take<unknown>(wasMarked ? api.DELETE('/api/v1/specs/{key}/favorite', at) : api.PUT('/api/v1/specs/{key}/favorite', at));
    } catch (error) {
      this.#mark(id, wasMarked);
      toasts.fail(error);
    }
  }

  #mark(id: string, isMarked: boolean): void {
    if (isMarked) this.#ids.add(id);
    else this.#ids.delete(id);
  }
}

export const favorites = new Favorites();

export function listFavorites(cursor?: string, limit = 24): Promise<Page<SpecCard>> {
  return take(api.GET('/api/v1/me/favorites', { params: { query: { cursor, limit } } }));
}
