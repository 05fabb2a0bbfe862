// SPDX-License-Identifier: AGPL-3.0-or-later
// Tells the system what plays: lock screen, headset buttons, media keys.
import type { player as thePlayer } from './player.svelte';

/** Called while a component is made: lives as long as it. */
export function showInMediaSession(player: typeof thePlayer): void {
  const session = navigator.mediaSession as MediaSession | undefined;
  if (!session) return;
  const handlers: Partial<Record<MediaSessionAction, MediaSessionActionHandler>> = {
    play: () => player.playPause(),
    pause: () => player.playPause(),
    nexttrack: () => player.next(),
    previoustrack: () => player.previous(),
    seekto: (details) => details.seekTime !== undefined && player.seek(details.seekTime),
    seekforward: (details) => player.seekBy(details.seekOffset ?? 10),
    seekbackward: (details) => player.seekBy(-(details.seekOffset ?? 10)),
  };
  for (const [action, handler] of Object.entries(handlers)) session.setActionHandler(action as MediaSessionAction, handler);

  $effect(() => {
    const spec = player.current;
    session.metadata = spec
      ? new MediaMetadata({ title: spec.title, artist: spec.producer.display_name, artwork: spec.cover_url ? [{ src: spec.cover_url, sizes: '512x512' }] : [] })
      : null;
  });
  $effect(() => {
    session.playbackState = player.state === 'idle' ? 'none' : player.state === 'paused' ? 'paused' : 'playing';
  });
  $effect(() => {
    if (player.duration > 0) session.setPositionState({ duration: player.duration, position: Math.min(player.position, player.duration), playbackRate: 1 });
  });
}
