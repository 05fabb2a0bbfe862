// SPDX-License-Identifier: AGPL-3.0-or-later
// A small file, sent as a whole from the page's point of view: its upload's id, once it is there.
export async function sendFile(file: File, purpose: string): Promise<string> {
  const { startTransfer } = await import('./upload_client');
  const fingerprint = `lathe-${purpose}-${file.name}-${file.size}-${file.lastModified}`;
  return new Promise((resolve, reject) => {
    startTransfer(file, purpose, fingerprint, { onProgress: () => {}, onRetry: () => {}, onDone: resolve, onError: reject }).catch(reject);
  });
}
