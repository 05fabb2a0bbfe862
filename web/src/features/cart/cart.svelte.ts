// SPDX-License-Identifier: AGPL-3.0-or-later
// What the buyer chose, kept in this browser. Prices here are for showing; the order is made from the present ones.
import type { LicenseOption, Money, SpecCard } from '../../api/types';

export type CartLine = {
  spec_id: string;
  option_id: string;
  title: string;
  slug: string;
  key: string | null;
  cover_url: string | null;
  waveform: number[];
  producer: string;
  option_name: string;
  file_types: LicenseOption['file_types'];
  price: Money;
};

const STORE = 'lathe.cart';

function stored(): CartLine[] {
  try {
    const lines = JSON.parse(localStorage.getItem(STORE) ?? '[]') as unknown;
    return Array.isArray(lines) ? (lines as CartLine[]).filter((line) => line.spec_id && line.option_id && line.price) : [];
  } catch {
    return [];
  }
}

class Cart {
  lines = $state.raw<CartLine[]>(stored());

  constructor() {
    // Another tab of this browser has the same cart.
    addEventListener('storage', (event) => event.key === STORE && (this.lines = stored()));
  }

  has(option_id: string): boolean {
    return this.lines.some((line) => line.option_id === option_id);
  }

  /** One licence per recording: another one takes its place. */
  add(spec: SpecCard, option: LicenseOption): void {
    const line: CartLine = {
      spec_id: spec.id,
      option_id: option.id,
      title: spec.title,
      slug: spec.slug,
      key: spec.key,
      cover_url: spec.cover_url,
      waveform: spec.waveform,
      producer: spec.producer.display_name,
      option_name: option.name,
      file_types: option.file_types,
      price: option.price,
    };
    this.#keep([...this.lines.filter((other) => other.spec_id !== spec.id), line]);
  }

  remove(option_id: string): void {
    this.#keep(this.lines.filter((line) => line.option_id !== option_id));
  }

  /** What was ordered leaves the cart. */
  removeAll(lines: CartLine[]): void {
    const gone = new Set(lines.map((line) => line.option_id));
    this.#keep(this.lines.filter((line) => !gone.has(line.option_id)));
  }

  #keep(lines: CartLine[]): void {
    this.lines = lines;
    localStorage.setItem(STORE, JSON.stringify(lines));
  }
}

export const cart = new Cart();

/** An order has one currency: the lines of each, in the order in which they came. */
export function byCurrency(lines: CartLine[]): { currency: string; lines: CartLine[]; total: Money }[] {
  const groups = new Map<string, CartLine[]>();
  for (const line of lines) groups.set(line.price.currency, [...(groups.get(line.price.currency) ?? []), line]);
  return [...groups].map(([currency, group]) => ({
    currency,
    lines: group,
    total: { amount: group.reduce((sum, line) => sum + line.price.amount, 0), currency },
  }));
}
