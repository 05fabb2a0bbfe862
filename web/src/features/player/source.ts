// SPDX-License-Identifier: AGPL-3.0-or-later
// Gives an audio element something to play: the full ladder by HLS where the listener may have it, else the preview.
import type Hls from 'hls.js/light';
import { api, refreshSession, take } from '../../api/client';

export type Source = { isPreview: boolean; release: () => void };

const RECOVERIES = 4;

export async function loadSource(audio: HTMLAudioElement, key: string, onFail: (error: Error) => void): Promise<Source> {
  const stream = await take(api.GET('/api/v1/specs/{key}/stream', { params: { path: { key } } }));
  if (stream.hls_url) return loadHls(audio, stream.hls_url, onFail);
  if (!stream.preview_url) throw new Error('There is nothing to play yet: the recording is still being processed.');
  audio.src = stream.preview_url;
  return { isPreview: true, release: () => release(audio) };
}

function release(audio: HTMLAudioElement): void {
  audio.removeAttribute('src');
  audio.load();
}

async function loadHls(audio: HTMLAudioElement, url: string, onFail: (error: Error) => void): Promise<Source> {
  const { default: Player } = await import('hls.js/light');
  if (!Player.isSupported()) {
    audio.src = url;
    return { isPreview: false, release: () => release(audio) };
  }
  const hls = new Player({ maxBufferLength: 40, backBufferLength: 60 });
  keepGoing(hls, Player, audio, url, onFail);
  hls.loadSource(url);
  hls.attachMedia(audio);
  return { isPreview: false, release: () => hls.destroy() };
}

/** Segment addresses are signed for two windows of time: one that is refused means that the playlist is old, so it is fetched again
 * and playing goes on where it was. */
function keepGoing(hls: Hls, Player: typeof Hls, audio: HTMLAudioElement, url: string, onFail: (error: Error) => void): void {
  let recoveries = 0;
  hls.on(Player.Events.FRAG_BUFFERED, () => {
    recoveries = 0;
  });
  hls.on(Player.Events.ERROR, (_event, data) => {
    const status = data.response?.code;
    const isRefused = status === 403 || status === 410;
    if (!data.fatal && !isRefused) return;
    recoveries += 1;
    if (recoveries > RECOVERIES) return onFail(new Error('Playing stopped: the sound could not be fetched.'));
    if (data.type === Player.ErrorTypes.MEDIA_ERROR) return hls.recoverMediaError();
    const position = audio.currentTime;
    const again = () => {
      hls.loadSource(url);
      hls.startLoad(position);
      if (Math.abs(audio.currentTime - position) > 1) audio.currentTime = position;
    };
    hls.stopLoad();
    if (status === 401) void refreshSession().then(again, onFail);
    else setTimeout(again, 250 * recoveries);
  });
}
