// SPDX-License-Identifier: AGPL-3.0-or-later
// State of one form on its way to the API: busy, refused, and which field is wrong.
import { tick } from 'svelte';
import { Problem, sentenceOf } from '../api/problem';

export class Form {
  busy = $state(false);
  /** What is wrong as a whole; violations that no field shows are part of it. */
  message = $state('');
  violations = $state<Record<string, string>>({});
  #shown = new Set<string>();

  /** A field takes the violations of its pointer. */
  claim(pointer: string): () => void {
    this.#shown.add(pointer);
    return () => this.#shown.delete(pointer);
  }

  clear(pointer: string): void {
    delete this.violations[pointer];
  }

  /** Sets a violation that the page found itself. */
  refuse(pointer: string, message: string): void {
    this.violations[pointer] = message;
    void focusFirstInvalid();
  }

  /** Runs the call; true when it went through. */
  async submit(call: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.message = '';
    this.violations = {};
    try {
      await call();
      return true;
    } catch (error) {
      this.#take(error);
      await focusFirstInvalid();
      return false;
    } finally {
      this.busy = false;
    }
  }

  #take(error: unknown): void {
    const homeless: string[] = [];
    for (const { pointer, message } of error instanceof Problem ? error.violations : []) {
      const owner = this.#ownerOf(pointer);
      if (owner === undefined) homeless.push(`${pointer.replace(/^\//, '').replaceAll('/', ' ') || 'Request'} ${message}`);
      else this.violations[owner] ??= message;
    }
    const isAllShown = Object.keys(this.violations).length > 0 && homeless.length === 0;
    this.message = isAllShown ? '' : [sentenceOf(error), ...homeless].join(' ');
  }

  /** The field itself, or the nearest one that holds it: /tags/0 is shown at /tags. */
  #ownerOf(pointer: string): string | undefined {
    for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) if (this.#shown.has(at)) return at;
    return undefined;
  }
}

async function focusFirstInvalid(): Promise<void> {
  await tick();
  document.querySelector<HTMLElement>('main [aria-invalid="true"]')?.focus();
}
