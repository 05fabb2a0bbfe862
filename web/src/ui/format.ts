// SPDX-License-Identifier: AGPL-3.0-or-later
// How values are written for people.
type Money = { amount: number; currency: string };

const fractions = new Map<string, number>();

/** Digits after the point that a currency has: 2 for USD, 0 for JPY. */
export function fractionDigits(currency: string): number {
  let digits = fractions.get(currency);
  if (digits === undefined) {
    digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
    fractions.set(currency, digits);
  }
  return digits;
}

/** Minor units as text: 2999 USD is "$29.99". Whole amounts lose their zeros. */
export function money({ amount, currency }: Money, locale = 'en'): string {
  const digits = fractionDigits(currency);
  const isWhole = amount % 10 ** digits === 0;
  const shown = isWhole ? 0 : digits;
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency, minimumFractionDigits: shown, maximumFractionDigits: shown });
  return format.format(amount / 10 ** digits);
}

/** Minor units with all digits, for columns that are added up. */
export function exactMoney({ amount, currency }: Money, locale = 'en'): string {
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount / 10 ** fractionDigits(currency));
}

/** What somebody typed as a price, in minor units; nothing when it is no price of that currency. */
export function parsePrice(text: string, currency: string): number | undefined {
  const digits = fractionDigits(currency);
  const match = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim());
  const fraction = match?.[2] ?? '';
  if (!match || fraction.length > digits) return undefined;
  return Number(match[1]) * 10 ** digits + Number(fraction.padEnd(digits, '0') || 0);
}

/** Minor units as one types them: 2999 is "29.99". */
export function plainPrice(amount: number, currency: string): string {
  return (amount / 10 ** fractionDigits(currency)).toFixed(fractionDigits(currency));
}

/** 3:07, or 1:02:09 from an hour on. */
export function duration(ms: number): string {
  const total = Math.max(0, Math.round(ms / 1000));
  const seconds = String(total % 60).padStart(2, '0');
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}

/** "f_sharp_minor" is "F♯ minor". */
export function keyName(key: string): string {
  const parts = key.split('_');
  const note = (parts[0] ?? '').toUpperCase();
  const sign = parts.includes('sharp') ? '♯' : parts.includes('flat') ? '♭' : '';
  return `${note}${sign} ${parts.at(-1) ?? ''}`;
}

export function bpm(value: number): string {
  return `${Math.round(value * 10) / 10} BPM`;
}

/** "hip-hop" is "Hip hop"; "808" stays. */
export function words(slug: string): string {
  const text = slug.replace(/[-_]/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function bytes(size: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function count(value: number): string {
  return new Intl.NumberFormat('en', { notation: value >= 10_000 ? 'compact' : 'standard', maximumFractionDigits: 1 }).format(value);
}

export function day(time: string): string {
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric' }).format(new Date(time));
}

export function dayAndTime(time: string): string {
  return new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(new Date(time));
}
