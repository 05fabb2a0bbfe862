// SPDX-License-Identifier: AGPL-3.0-or-later
// The one player of the page: lives beside the routes, so that music plays on from page to page.
import { api } from '../../api/client';
import { sentenceOf } from '../../api/problem';
import type { SpecCard } from '../../api/types';
import { toasts } from '../../app/toasts.svelte';
import { HeardTime } from './heard';
import { loadSource, type Source } from './source';

export type PlayerState = 'idle' | 'loading' | 'playing' | 'paused';
const VOLUME_STORE = 'lathe.volume';
const BACK_TO_START_S = 4;

class Player {
  current = $state.raw<SpecCard | null>(null);
  queue = $state.raw<SpecCard[]>([]);
  state = $state<PlayerState>('idle');
  position = $state(0);
  duration = $state(0);
  isPreview = $state(false);
  volume = $state(Number(localStorage.getItem(VOLUME_STORE) ?? 1));
  isMuted = $state(false);
  #audio: HTMLAudioElement | undefined;
  #source: Source | undefined;
  #heard = new HeardTime();
  #load = 0;

  /** The bar gives its audio element once. */
  attach(audio: HTMLAudioElement): void {
    this.#audio = audio;
    audio.volume = this.volume;
    const on = (name: string, handler: () => void) => audio.addEventListener(name, handler);
    on('playing', () => (this.state = 'playing'));
    on('pause', () => this.state !== 'loading' && (this.state = 'paused'));
    on('waiting', () => !audio.paused && (this.state = 'loading'));
    on('durationchange', () => Number.isFinite(audio.duration) && (this.duration = audio.duration));
    on('timeupdate', () => this.#onTime(audio));
    on('ended', () => this.#onEnded());
    on('error', () => audio.error && this.#stop(new Error('Your browser could not play this recording.')));
  }

  isCurrent(id: string): boolean {
    return this.current?.id === id;
  }

  isPlaying(id: string): boolean {
    return this.isCurrent(id) && (this.state === 'playing' || this.state === 'loading');
  }

  /** 0–1. */
  get progress(): number {
    return this.duration > 0 ? Math.min(1, this.position / this.duration) : 0;
  }

  get hasNext(): boolean {
    return this.#neighbour(1) !== undefined;
  }

  /** Plays a recording, or pauses it when it is the one that plays. The list is what follows it. */
  toggle(spec: SpecCard, list: SpecCard[] = [spec]): void {
    if (this.isCurrent(spec.id) && this.#source) return this.playPause();
    this.queue = list;
    void this.#start(spec);
  }

  playPause(): void {
    const audio = this.#audio;
    if (!audio || !this.current) return;
    if (!this.#source) void this.#start(this.current);
    else if (audio.paused) void audio.play().catch((error: unknown) => this.#refused(error));
    else audio.pause();
  }

  next(): void {
    const spec = this.#neighbour(1);
    if (spec) void this.#start(spec);
  }

  previous(): void {
    const before = this.#neighbour(-1);
    if (this.position > BACK_TO_START_S || !before) this.seek(0);
    else void this.#start(before);
  }

  seek(seconds: number): void {
    if (!this.#audio || !this.#source) return;
    this.#audio.currentTime = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.05));
    this.position = this.#audio.currentTime;
  }

  seekBy(seconds: number): void {
    this.seek(this.position + seconds);
  }

  setVolume(volume: number): void {
    this.volume = volume;
    this.isMuted = false;
    localStorage.setItem(VOLUME_STORE, String(volume));
    if (this.#audio) Object.assign(this.#audio, { volume, muted: false });
  }

  toggleMute(): void {
    this.isMuted = !this.isMuted;
    if (this.#audio) this.#audio.muted = this.isMuted;
  }

  close(): void {
    this.#audio?.pause();
    this.#release();
    this.current = null;
    this.queue = [];
    this.state = 'idle';
  }

  #neighbour(step: 1 | -1): SpecCard | undefined {
    const at = this.queue.findIndex((spec) => spec.id === this.current?.id);
    return at < 0 ? undefined : this.queue[at + step];
  }

  #release(): void {
    this.#source?.release();
    this.#source = undefined;
  }

  async #start(spec: SpecCard): Promise<void> {
    const audio = this.#audio;
    if (!audio) return;
    const load = ++this.#load;
    audio.pause();
    this.#release();
    this.current = spec;
    this.state = 'loading';
    this.position = 0;
    this.duration = (spec.duration_ms ?? 0) / 1000;
    this.#heard = new HeardTime();
    try {
      const source = await loadSource(audio, spec.id, (error) => this.#stop(error));
      if (load !== this.#load) return source.release();
      this.#source = source;
      this.isPreview = source.isPreview;
      await audio.play();
    } catch (error) {
      if (load === this.#load) this.#refused(error);
    }
  }

  /** Browsers may refuse to start sound that nobody clicked for; that is no fault, and play() that a pause() overtook neither. */
  #refused(error: unknown): void {
    const isHarmless = error instanceof DOMException && (error.name === 'AbortError' || error.name === 'NotAllowedError');
    if (isHarmless) this.state = 'paused';
    else this.#stop(error);
  }

  #stop(error: unknown): void {
    this.#release();
    this.state = 'paused';
    toasts.show(sentenceOf(error), { tone: 'bad' });
  }

  #onTime(audio: HTMLAudioElement): void {
    this.position = audio.currentTime;
    if (this.#heard.add(audio.currentTime, this.duration)) this.#count();
  }

  #onEnded(): void {
    if (this.#heard.finish()) this.#count();
    this.state = 'paused';
    this.next();
  }

  #count(): void {
    const key = this.current?.id;
    if (!key) return;
    // A play that is not counted is nothing that a listener can mend.
    api.POST('/api/v1/specs/{key}/plays', { params: { path: { key } }, body: { seconds: this.#heard.seconds } }).catch(() => {});
  }
}

export const player = new Player();
