// SPDX-License-Identifier: AGPL-3.0-or-later
// The uploads of this visit. They live beside the pages and go on while one looks at others; what a reload interrupted is
// remembered, so that the page can ask for the file again.
import { SvelteMap } from 'svelte/reactivity';
import { sentenceOf } from '../../api/problem';
import type { AssetSlot, Processing } from '../../api/types';
import { putAsset } from './studio_api';
import type { Transfer } from './upload_client';

export type UploadState = 'sending' | 'retrying' | 'paused' | 'attaching' | 'failed' | 'interrupted';

/** upload_id: all bytes arrived, but the recording was not told yet. */
type Remembered = { file_name: string; size: number; sent: number; upload_id?: string };

const STORE = 'lathe.uploads';

/** One file on its way to one slot of one recording. */
export class SlotUpload {
  state = $state<UploadState>('sending');
  sent = $state(0);
  message = $state('');
  readonly file_name: string;
  readonly size: number;
  transfer: Transfer | undefined;

  constructor(file: { name: string; size: number }) {
    this.file_name = file.name;
    this.size = file.size;
  }

  get progress(): number {
    return this.size > 0 ? this.sent / this.size : 0;
  }

  pause(): void {
    this.transfer?.pause();
    this.state = 'paused';
  }

  resume(): void {
    this.state = 'sending';
    this.message = '';
    this.transfer?.resume();
  }
}

class Uploads {
  /** The last one that arrived: its recording uses it from now on. */
  attached = $state.raw<{ spec_id: string; processing: Processing }>();
  #bySlot = new SvelteMap<string, SlotUpload>();

  constructor() {
    for (const [key, one] of Object.entries(remembered())) {
      const upload = new SlotUpload({ name: one.file_name, size: one.size });
      upload.sent = one.sent;
      upload.state = 'interrupted';
      this.#bySlot.set(key, upload);
      if (one.upload_id) this.#attach(key, upload, one.upload_id);
    }
    addEventListener('beforeunload', (event) => {
      if ([...this.#bySlot.values()].some((upload) => upload.state === 'sending' || upload.state === 'retrying')) event.preventDefault();
    });
  }

  of(spec_id: string, slot: AssetSlot): SlotUpload | undefined {
    return this.#bySlot.get(`${spec_id}/${slot}`);
  }

  /** Sends the file, or goes on with it where it was. */
  async start(spec_id: string, slot: AssetSlot, file: File): Promise<void> {
    const key = `${spec_id}/${slot}`;
    const before = this.#bySlot.get(key);
    if (before && (before.file_name !== file.name || before.size !== file.size)) await this.cancel(spec_id, slot);
    const upload = new SlotUpload(file);
    this.#bySlot.set(key, upload);
    remember(key, upload);
    const { startTransfer } = await import('./upload_client');
    upload.transfer = await startTransfer(file, slot, `lathe-${key}-${file.name}-${file.size}-${file.lastModified}`, {
      onProgress: (sent) => {
        upload.sent = sent;
        if (upload.state === 'retrying') upload.state = 'sending';
        remember(key, upload);
      },
      onRetry: () => (upload.state = 'retrying'),
      onError: (error) => fail(upload, error),
      onDone: (upload_id) => {
        remember(key, upload, upload_id);
        this.#attach(key, upload, upload_id);
      },
    });
  }

  #attach(key: string, upload: SlotUpload, upload_id: string): void {
    const [spec_id = '', slot = ''] = key.split('/');
    upload.state = 'attaching';
    putAsset(spec_id, slot as AssetSlot, upload_id).then(
      (processing) => {
        this.#forget(key);
        this.attached = { spec_id, processing };
      },
      (error: unknown) => fail(upload, error),
    );
  }

  async cancel(spec_id: string, slot: AssetSlot): Promise<void> {
    const key = `${spec_id}/${slot}`;
    const upload = this.#bySlot.get(key);
    this.#forget(key);
    // The server drops unfinished uploads by itself; telling it is a courtesy.
    await upload?.transfer?.cancel().catch(() => {});
  }

  #forget(key: string): void {
    this.#bySlot.delete(key);
    const all = remembered();
    delete all[key];
    localStorage.setItem(STORE, JSON.stringify(all));
  }
}

function fail(upload: SlotUpload, error: unknown): void {
  upload.state = 'failed';
  upload.message = sentenceOf(error);
}

function remembered(): Record<string, Remembered> {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? '{}') as Record<string, Remembered>;
  } catch {
    return {};
  }
}

function remember(key: string, upload: SlotUpload, upload_id?: string): void {
  const one: Remembered = { file_name: upload.file_name, size: upload.size, sent: upload.sent, upload_id };
  localStorage.setItem(STORE, JSON.stringify({ ...remembered(), [key]: one }));
}

export const uploads = new Uploads();
