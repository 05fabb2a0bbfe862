// SPDX-License-Identifier: AGPL-3.0-or-later
// What the server does with the files of a recording, as it happens (server-sent events).
import type { AssetSlot, AssetState, Processing } from '../../api/types';
import { readProcessing } from './studio_api';

const AGAIN_AFTER_MS = 3000;

export class ProcessingWatch {
  view = $state.raw<Processing>();
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #spec_id: string;
  readonly #onSettled: () => void;

  /** onSettled is called when nothing is under way any more. */
  constructor(spec_id: string, onSettled: () => void) {
    this.#spec_id = spec_id;
    this.#onSettled = onSettled;
  }

  async start(): Promise<void> {
    this.take(await readProcessing(this.#spec_id));
  }

  of(slot: AssetSlot): AssetState | undefined {
    return this.view?.assets.find((asset) => asset.slot === slot);
  }

  take(view: Processing): void {
    this.view = view;
    if (isUnderWay(view)) this.#follow();
  }

  stop(): void {
    this.#source?.close();
    this.#source = undefined;
    clearTimeout(this.#timer);
  }

  #follow(): void {
    if (this.#source) return;
    const source = new EventSource(`/api/v1/specs/${this.#spec_id}/processing/events`);
    this.#source = source;
    source.addEventListener('processing', (event) => this.#onEvent(JSON.parse(event.data as string) as Processing));
    source.addEventListener('error', () => this.#onError());
  }

  #onEvent(view: Processing): void {
    this.view = view;
    if (isUnderWay(view)) return;
    this.stop();
    this.#onSettled();
  }

  /** The stream ends at its deadline, with the server, or with the session; where things stand is asked anew. */
  #onError(): void {
    this.stop();
    this.#timer = setTimeout(() => {
      readProcessing(this.#spec_id).then(
        (view) => (isUnderWay(view) ? this.take(view) : this.#onEvent(view)),
        () => this.#onError(),
      );
    }, AGAIN_AFTER_MS);
  }
}

function isUnderWay(view: Processing): boolean {
  return view.assets.some((asset) => asset.status === 'queued' || asset.status === 'running');
}
