// SPDX-License-Identifier: AGPL-3.0-or-later
// The tree in the hands of an administrator: what is selected, what was refused at which row. Changes go to the server one after the
// other, each judged by the tree that the one before it left.
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { toasts } from '../../app/toasts.svelte';
import { Problem, sentenceOf } from '../../api/problem';
import { Loaded } from '../../ui/load.svelte';
import { listCategories } from '../goods/goods_api';
import type { Category } from '../goods/types';
import { type Change, changeCategories } from './categories_api';
import { childrenByParent, hiddenBy, placesAfterMove, problemsByRow, siblingsOf, topmost } from './tree';

/** How many the server takes at once. */
const TOGETHER_MAX = 100;

export class Desk {
  readonly loaded = new Loaded<Category[]>();
  readonly selected = new SvelteSet<string>();
  /** Why nothing was changed, as a whole and at the rows. */
  refusal = $state('');
  readonly problems = new SvelteMap<string, string>();
  /** What a screen reader is told after a step. */
  said = $state('');

  tree = $derived(this.loaded.value ?? []);
  hidden = $derived(hiddenBy(this.tree));
  #children = $derived(childrenByParent(this.tree));
  #last: Promise<unknown> = Promise.resolve();

  childrenOf(parent_id: string | null): Category[] {
    return this.#children.get(parent_id) ?? [];
  }

  async load(): Promise<void> {
    await this.loaded.from(listCategories());
    this.#forgetGone();
  }

  /** One place up or down among its siblings. */
  step(id: string, by: 1 | -1): Promise<void> {
    return this.#inTurn(async () => {
      const one = this.tree.find((category) => category.id === id);
      if (!one) return;
      const places = placesAfterMove(siblingsOf(this.tree, one.parent_id), id, by);
      for (let i = 0; i < places.length; i += TOGETHER_MAX) await this.#write(places.slice(i, i + TOGETHER_MAX));
      const siblings = siblingsOf(this.tree, one.parent_id);
      this.said = `${one.name} is now ${siblings.findIndex((category) => category.id === id) + 1} of ${siblings.length}.`;
    });
  }

  /** The same change to all that is selected; to move, what lies below another selected one stays there. */
  changeSelected(change: Change, done: string): Promise<void> {
    return this.#inTurn(async () => {
      const ids = change.parent_id === undefined ? this.tree.map((one) => one.id).filter((id) => this.selected.has(id)) : topmost(this.tree, this.selected);
      if (!(await this.#write(ids.map((id) => ({ id, ...change }))))) return;
      toasts.show(`${ids.length === 1 ? 'One category is' : `${ids.length} categories are`} ${done}.`);
    });
  }

  async #write(changes: (Change & { id: string })[]): Promise<boolean> {
    this.refusal = '';
    this.problems.clear();
    if (changes.length === 0) return false;
    try {
      this.loaded.value = await changeCategories(changes);
      return true;
    } catch (error) {
      this.#refuse(error, changes.map((one) => one.id));
      return false;
    }
  }

  #refuse(error: unknown, ids: string[]): void {
    const { rows, others } = problemsByRow(ids, error instanceof Problem ? error.violations : []);
    for (const [id, problem] of rows) this.problems.set(id, problem);
    const whole = [sentenceOf(error), ...others].join(' ');
    this.refusal = `Nothing was changed. ${rows.size > 0 ? 'What is wrong stands at the rows.' : whole}`;
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #forgetGone(): void {
    const known = new Set(this.tree.map((one) => one.id));
    for (const id of this.selected) if (!known.has(id)) this.selected.delete(id);
  }
}
