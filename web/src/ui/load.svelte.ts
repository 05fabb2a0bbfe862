// SPDX-License-Identifier: AGPL-3.0-or-later
// Something that is fetched for a page: its value, or why there is none.
import type { Page } from '../api/types';
import { sentenceOf } from '../api/problem';

export class Loaded<T> {
  value = $state.raw<T>();
  error = $state.raw<unknown>();
  isLoading = $state(false);
  #turn = 0;

  /** Fetches; an answer that a later call overtook is dropped. */
  async from(fetching: Promise<T>): Promise<T | undefined> {
    const turn = ++this.#turn;
    this.isLoading = true;
    try {
      const value = await fetching;
      if (turn !== this.#turn) return undefined;
      this.value = value;
      this.error = undefined;
      return value;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
      return undefined;
    } finally {
      if (turn === this.#turn) this.isLoading = false;
    }
  }

  get message(): string {
    return this.error === undefined ? '' : sentenceOf(this.error);
  }
}

/** A list that grows page by page. */
export class Pages<T extends { id: string }> {
  items = $state.raw<T[]>([]);
  total = $state.raw<number | undefined>();
  cursor = $state.raw<string | null>(null);
  isLoading = $state(true);
  error = $state.raw<unknown>();
  #turn = 0;
  readonly #fetch: (cursor?: string) => Promise<Page<T>>;

  constructor(fetch: (cursor?: string) => Promise<Page<T>>) {
    this.#fetch = fetch;
  }

  start(): Promise<void> {
    return this.#load(undefined);
  }

  more(): Promise<void> {
    return this.cursor === null || this.isLoading ? Promise.resolve() : this.#load(this.cursor);
  }

  async #load(cursor: string | undefined): Promise<void> {
    const turn = ++this.#turn;
    this.isLoading = true;
    this.error = undefined;
    try {
      const page = await this.#fetch(cursor);
      if (turn !== this.#turn) return;
      const known = new Set(cursor === undefined ? [] : this.items.map((item) => item.id));
      const fresh = page.items.filter((item) => !known.has(item.id));
      this.items = cursor === undefined ? fresh : [...this.items, ...fresh];
      this.cursor = page.next_cursor;
      if (cursor === undefined) this.total = typeof page.total === 'number' ? page.total : undefined;
    } catch (error) {
      if (turn === this.#turn) this.error = error;
    } finally {
      if (turn === this.#turn) this.isLoading = false;
    }
  }
}
