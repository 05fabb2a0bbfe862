// SPDX-License-Identifier: AGPL-3.0-or-later
// How long a recording was really heard: seeking does not count, and what is shorter than the bar counts when it was heard whole.
export const COUNTS_AFTER_S = 30;
const LARGEST_STEP_S = 1.5;
const TOLERANCE_S = 1;

export class HeardTime {
  #seconds = 0;
  #at: number | undefined;
  #length = COUNTS_AFTER_S;
  #isCounted = false;
  #isWhole = false;

  /** Called with the position while it plays; true once, when a play is to be counted. */
  add(position: number, length: number): boolean {
    const step = this.#at === undefined ? 0 : position - this.#at;
    this.#at = position;
    this.#length = length;
    if (step > 0 && step <= LARGEST_STEP_S) this.#seconds += step;
    return this.#take(this.#seconds >= COUNTS_AFTER_S);
  }

  /** The end was reached; true when that makes it a play. */
  finish(): boolean {
    this.#isWhole = this.#seconds >= Math.min(COUNTS_AFTER_S, this.#length) - TOLERANCE_S;
    return this.#take(this.#isWhole);
  }

  /** Whole seconds; the last fraction of a recording that was heard to its end counts as heard. */
  get seconds(): number {
    return Math.round(this.#isWhole ? Math.max(this.#seconds, Math.min(COUNTS_AFTER_S, this.#length)) : this.#seconds);
  }

  #take(isEnough: boolean): boolean {
    if (!isEnough || this.#isCounted) return false;
    this.#isCounted = true;
    return true;
  }
}
