// SPDX-License-Identifier: AGPL-3.0-or-later
// The typed client of the API. The session is the browser's cookie; writes carry the CSRF token of the readable cookie, and a
// reply 401 renews the session once before it counts.
import createClient from 'openapi-fetch';
import { Problem, type ProblemDocument } from './problem';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

// Over HTTPS the name has the prefix, with which nobody but this host can have set it.
const CSRF_COOKIES = ['__Host-lathe_csrf', 'lathe_csrf'];
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function csrfToken(): string {
  const cookies = new Map(document.cookie.split('; ').map((part) => part.split('=', 2) as [string, string]));
  return decodeURIComponent(CSRF_COOKIES.map((name) => cookies.get(name)).find(Boolean) ?? '');
}

export function hasSessionCookie(): boolean {
  return csrfToken() !== '';
}

let refreshing: Promise<boolean> | undefined;
let onSessionLost: () => void = () => {};

/** Called when the server refuses to renew the session. */
export function whenSessionIsLost(handler: () => void): void {
  onSessionLost = handler;
}

async function askForNewSession(): Promise<boolean> {
  const reply = await fetch('/api/v1/auth/refresh', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrfToken() },
    body: '{}',
  });
  if (!reply.ok && reply.status < 500 && reply.status !== 429) onSessionLost();
  return reply.ok;
}

/** One renewal at a time, over all tabs: a refresh token that comes twice would end the session. */
export function refreshSession(): Promise<boolean> {
  const before = csrfToken();
  const renew = () => (csrfToken() === before ? askForNewSession() : Promise.resolve(true));
  if (refreshing) return refreshing;
  const running = Promise.resolve(navigator.locks ? navigator.locks.request('lathe.refresh', renew) : renew());
  refreshing = running.finally(() => {
    refreshing = undefined;
  });
  return refreshing;
}

function send(request: Request): Promise<Response> {
  if (!SAFE_METHODS.has(request.method)) request.headers.set('X-CSRF-Token', csrfToken());
  return fetch(request);
}

/** fetch with the session's care; for what is not JSON too (uploads, playlists). */
export async function sessionFetch(request: Request): Promise<Response> {
  const isCredential = request.url.includes('/api/v1/auth/') && !request.url.endsWith('/change-password');
  const again = request.clone();
  const reply = await send(request);
  if (reply.status !== 401 || isCredential || !hasSessionCookie()) return reply;
  return (await refreshSession()) ? send(again) : reply;
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: sessionFetch });

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The reply's data, or the problem as an exception. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  const document = typeof error === 'object' && error !== null ? (error as Partial<ProblemDocument>) : {};
  throw new Problem(document, response.status, Number(response.headers.get('Retry-After')) || undefined);
}

/** Headers that make a repeated POST harmless. Keep them for the repetition. */
export function once(): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': crypto.randomUUID() };
}
