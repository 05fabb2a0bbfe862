// SPDX-License-Identifier: AGPL-3.0-or-later
// How long something still takes, by the server's clock.

/** What must be added to this machine's clock to get the server's; half the way there and back is taken off. */
export function clockOffset(server_time: string, sent_ms: number, received_ms: number): number {
  return new Date(server_time).getTime() - (sent_ms + received_ms) / 2;
}

/** "2 d 4 h", "3 h 07 min", "4:09", "0:07.3". */
export function remainingText(ms: number): string {
  const left = Math.max(0, ms);
  if (left < 10_000) return `0:0${(Math.floor(left / 100) / 10).toFixed(1)}`;
  const seconds = Math.floor(left / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  return `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
}

const SPOKEN_AT = [3_600_000, 600_000, 300_000, 60_000, 30_000, 10_000];

/** What a screen reader hears, at a few moments only: the step that was passed between two looks, in words. */
export function spokenStep(before_ms: number, now_ms: number): string {
  const step = SPOKEN_AT.find((at) => before_ms > at && now_ms <= at);
  if (step === undefined) return '';
  if (step === 60_000) return 'One minute left';
  return step > 60_000 ? `${step / 60_000} minutes left` : `${step / 1000} seconds left`;
}

/** When the shown text changes next. */
export function nextTick(ms: number): number {
  if (ms <= 10_000) return 100;
  return ms <= 3_600_000 ? (ms % 1000) + 1 : 30_000;
}
