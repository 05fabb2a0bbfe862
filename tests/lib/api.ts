// SPDX-License-Identifier: AGPL-3.0-or-later
// The client that the system tests speak to the API with. Every exchange is logged for the contract test, which compares
// it with the published schema.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import createClient, { type Client } from 'openapi-fetch';
import type { paths } from '../../web/src/api/schema.d.ts';
import { logs } from './paths.ts';

const traffic = join(logs, 'traffic.jsonl');
const LOGGED_BYTES = 256 * 1024;
/** Long runs say the same millions of times: a gigabyte that nobody reads. */
const isLogged = process.env['LATHE_TEST_TRAFFIC'] !== 'off';

// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;
export type Problem = {
  type: string;
  title: string;
  status: number;
  code: string;
  detail?: string;
  instance?: string;
  violations?: { pointer: string; rule: string; message: string }[];
};

export type CallOptions = {
  body?: unknown; // sent as JSON
  raw?: string | Uint8Array | ReadableStream; // sent as it is
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  token?: string | null; // null: none, although the client has one
  key?: string | null; // Idempotency-Key; a POST gets a fresh one unless null
  signal?: AbortSignal;
};

export type Reply = {
  status: number;
  headers: Headers;
  text: string;
  /** The decoded JSON body; undefined when there is none. */
  body: Json;
};

function logExchange(method: string, url: URL, options: CallOptions, reply: Reply): void {
  if (!isLogged) return;
  const line = {
    method,
    path: url.pathname,
    query: url.search,
    request: options.body,
    raw_request: options.raw !== undefined,
    status: reply.status,
    type: reply.headers.get('content-type'),
    headers: Object.fromEntries(reply.headers),
    reply: reply.text.length <= LOGGED_BYTES ? reply.body : undefined,
  };
  appendFileSync(traffic, `${JSON.stringify(line)}\n`);
}

function decode(response: Response, text: string): Json {
  const type = response.headers.get('content-type') ?? '';
  return /\bjson\b/.test(type) && text !== '' ? JSON.parse(text) : undefined;
}

export class Api {
  readonly base: string;
  readonly token: string | undefined;

  constructor(origin: string, token?: string) {
    this.base = origin;
    this.token = token;
  }

  /** The same server as somebody else. */
  as(token: string): Api {
    return new Api(this.base, token);
  }

  /** The client whose paths, bodies and replies have the types of the published contract. */
  typed(): Client<paths> {
    const send = async (request: Request): Promise<Response> => {
      const body = request.body ? await request.clone().text() : undefined;
      const response = await fetch(request);
      const text = await response.clone().text();
      const reply = { status: response.status, headers: response.headers, text, body: decode(response, text) };
      logExchange(request.method, new URL(request.url), body === undefined ? {} : { body: JSON.parse(body) }, reply);
      return response;
    };
    const headers = this.token ? { authorization: `Bearer ${this.token}` } : {};
    return createClient<paths>({ baseUrl: this.base, headers, fetch: send });
  }

  url(path: string, query: CallOptions['query'] = {}): URL {
    const url = new URL(path.startsWith('/api/') || !path.startsWith('/') ? path : `/api/v1${path}`, this.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    return url;
  }

  /** Paths are below /api/v1; `root()` asks outside of it. */
  call(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    return this.#send(method, this.url(path, options.query), options);
  }

  root(method: string, path: string, options: CallOptions = {}): Promise<Reply> {
    return this.#send(method, new URL(path, this.base), options);
  }

  async #send(method: string, url: URL, options: CallOptions): Promise<Reply> {
    const headers = new Headers(options.headers);
    const token = options.token === undefined ? this.token : options.token;
    if (token) headers.set('authorization', `Bearer ${token}`);
    if (method === 'POST' && options.key !== null && !headers.has('idempotency-key')) {
      headers.set('idempotency-key', options.key ?? randomUUID());
    }
    let body = options.raw;
    if (options.body !== undefined) {
      body = JSON.stringify(options.body);
      if (!headers.has('content-type')) headers.set('content-type', 'application/json');
    }
    const init: RequestInit & { duplex?: 'half' } = { method, headers, redirect: 'manual' };
    if (body !== undefined) init.body = body as NonNullable<RequestInit['body']>;
    if (body instanceof ReadableStream) init.duplex = 'half';
    if (options.signal) init.signal = options.signal;
    const response = await fetch(url, init);
    const text = await response.text();
    const reply: Reply = { status: response.status, headers: response.headers, text, body: decode(response, text) };
    logExchange(method, url, options, reply);
    return reply;
  }

  get(path: string, options?: CallOptions): Promise<Reply> {
    return this.call('GET', path, options);
  }
  post(path: string, body?: unknown, options?: CallOptions): Promise<Reply> {
    return this.call('POST', path, { ...options, ...(body === undefined ? {} : { body }) });
  }
  put(path: string, body?: unknown, options?: CallOptions): Promise<Reply> {
    return this.call('PUT', path, { ...options, ...(body === undefined ? {} : { body }) });
  }
  patch(path: string, body?: unknown, options?: CallOptions): Promise<Reply> {
    return this.call('PATCH', path, { ...options, ...(body === undefined ? {} : { body }) });
  }
  delete(path: string, options?: CallOptions): Promise<Reply> {
    return this.call('DELETE', path, options);
  }
}

/** The body of a reply that must have this status; otherwise the message shows what came instead. */
export function expectStatus(reply: Reply, status: number): Json {
  assert.equal(reply.status, status, `expected ${status}, got ${reply.status}: ${reply.text.slice(0, 2000)}`);
  return reply.body;
}

/** The problem document of a refusal, checked for what every one of them must carry. */
export function expectProblem(reply: Reply, status: number, code: string): Problem {
  assert.equal(reply.status, status, `expected ${status} ${code}, got ${reply.status}: ${reply.text.slice(0, 2000)}`);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
  const problem = reply.body as Problem;
  assert.equal(problem.status, status);
  assert.equal(problem.code, code);
  for (const member of ['type', 'title', 'instance'] as const) {
    assert.equal(typeof problem[member], 'string', `the problem has no ${member}: ${reply.text}`);
  }
  return problem;
}

/** A problem 422 whose violations are exactly these, as `pointer rule`, in any order. */
export function expectViolations(reply: Reply, code: string, expected: string[]): void {
  const problem = expectProblem(reply, 422, code);
  const found = (problem.violations ?? []).map((violation) => `${violation.pointer} ${violation.rule}`);
  assert.deepEqual(found.sort(), [...expected].sort());
}
