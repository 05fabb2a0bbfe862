// SPDX-License-Identifier: AGPL-3.0-or-later
// Short messages that come and go, read aloud by screen readers.
import { sentenceOf } from '../api/problem';

export type Toast = { id: number; text: string; tone: 'plain' | 'bad'; action?: { label: string; run: () => void } };

const STAYS_MS = 6000;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  show(text: string, options: Pick<Toast, 'action'> & { tone?: Toast['tone'] } = {}): void {
    const toast: Toast = { id: this.#next++, text, tone: options.tone ?? 'plain', action: options.action };
    this.list = [...this.list.slice(-2), toast];
    setTimeout(() => this.drop(toast.id), STAYS_MS);
  }

  fail(error: unknown): void {
    this.show(sentenceOf(error), { tone: 'bad' });
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
