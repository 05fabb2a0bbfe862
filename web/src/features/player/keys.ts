// SPDX-License-Identifier: AGPL-3.0-or-later
// The player by keyboard from anywhere on the page, where the focused control does not want the key itself.
const SEEK_S = 5;

export type Keyed = {
  readonly current: unknown;
  playPause(): void;
  seekBy(seconds: number): void;
  next(): void;
  previous(): void;
  toggleMute(): void;
};

function isTaken(target: EventTarget | null, key: string): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest('input, textarea, select, [contenteditable], [role="slider"], dialog')) return true;
  return key === ' ' && target.closest('button, a, summary, label') !== null;
}

export function listenToKeys(player: Keyed): () => void {
  const actions: Record<string, () => void> = {
    ' ': () => player.playPause(),
    ArrowLeft: () => player.seekBy(-SEEK_S),
    ArrowRight: () => player.seekBy(SEEK_S),
    'shift+ArrowLeft': () => player.previous(),
    'shift+ArrowRight': () => player.next(),
    m: () => player.toggleMute(),
  };
  const onKey = (event: KeyboardEvent) => {
    if (!player.current || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const action = actions[event.shiftKey ? `shift+${event.key}` : event.key];
    if (!action || isTaken(event.target, event.key)) return;
    event.preventDefault();
    action();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
