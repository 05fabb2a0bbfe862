// SPDX-License-Identifier: AGPL-3.0-or-later
// One resumable upload (tus 1.0). Where it was is kept in this browser by the file's fingerprint, so that the same file goes on from
// there: after a cut connection, a reload, or days.
import { DetailedError, Upload } from 'tus-js-client';
import { csrfToken, refreshSession } from '../../api/client';
import { Problem } from '../../api/problem';

export type Transfer = { pause: () => void; resume: () => void; cancel: () => Promise<void> };

export type TransferEvents = {
  onProgress: (sent: number) => void;
  /** A try failed; another one follows. */
  onRetry: () => void;
  onDone: (upload_id: string) => void;
  onError: (error: Error) => void;
};

const RETRY_DELAYS_MS = [0, 500, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000, 60_000, 60_000];
// Small enough that little is sent again where a proxy holds bytes back, large enough to keep the line full.
const CHUNK_BYTES = 8 * 1024 * 1024;

export async function startTransfer(file: File, purpose: string, fingerprint: string, events: TransferEvents): Promise<Transfer> {
  const upload: Upload = new Upload(file, {
    endpoint: '/api/v1/uploads',
    metadata: { filename: file.name, filetype: file.type || 'application/octet-stream', purpose },
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_DELAYS_MS,
    removeFingerprintOnSuccess: true,
    fingerprint: () => Promise.resolve(fingerprint),
    onBeforeRequest: (request) => request.setHeader('X-CSRF-Token', csrfToken()),
    onAfterResponse: async (_request, response) => {
      if (response.getStatus() === 401) await refreshSession();
    },
    onShouldRetry: (error) => {
      const isWorth = isWorthAnotherTry(error);
      if (isWorth) events.onRetry();
      return isWorth;
    },
    onProgress: (sent) => events.onProgress(sent),
    onSuccess: () => events.onDone(upload.url?.split('/').pop() ?? ''),
    onError: (error) => events.onError(problemOf(error)),
  });
  const before = (await upload.findPreviousUploads())[0];
  if (before) upload.resumeFromPreviousUpload(before);
  upload.start();
  return {
    pause: () => void upload.abort(),
    resume: () => upload.start(),
    cancel: () => upload.abort(true),
  };
}

/** Refusals that another try cannot mend: wrong file, too large, not allowed. */
function isWorthAnotherTry(error: DetailedError): boolean {
  const status = error.originalResponse?.getStatus() ?? 0;
  return status === 0 || status === 401 || status === 409 || status === 423 || status === 429 || status >= 500;
}

function problemOf(error: Error | DetailedError): Error {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (!response) return new Error('The connection was lost.');
  try {
    return new Problem(JSON.parse(response.getBody()) as object, response.getStatus());
  } catch {
    return new Problem({}, response.getStatus());
  }
}
