// SPDX-License-Identifier: AGPL-3.0-or-later
// Waiting for conditions, never for a time.
import { setTimeout as pause } from 'node:timers/promises';

export type WaitOptions = { within_ms?: number; every_ms?: number };

/** Calls probe until it gives something other than undefined, null or false; its last error tells why it did not. */
export async function eventually<T>(
  what: string,
  probe: () => T | Promise<T>,
  { within_ms = 90_000, every_ms = 20 }: WaitOptions = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + within_ms;
  let last: unknown;
  do {
    try {
      const value = await probe();
      if (value !== undefined && value !== null && value !== false) return value as NonNullable<Exclude<T, false>>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await pause(every_ms);
  } while (performance.now() < end);
  throw new Error(`${what}: not within ${within_ms} ms`, { cause: last });
}

/** Does the work for each item, so many at a time; the results in the order of the items. */
export async function inLanes<T, R>(lanes: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
