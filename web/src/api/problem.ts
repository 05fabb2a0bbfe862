// SPDX-License-Identifier: AGPL-3.0-or-later
// What the API says when it refuses (RFC 9457), as an error that pages can show.
import type { components } from './schema';

export type ProblemDocument = components['schemas']['Problem'];
export type Violation = NonNullable<ProblemDocument['violations']>[number];

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly violations: Violation[];
  /** Seconds after which another try makes sense. */
  readonly retryAfter: number | undefined;
  /** What this kind of problem says besides, by its name. */
  readonly more: Record<string, unknown>;

  constructor(document: Partial<ProblemDocument>, status: number, retryAfter?: number) {
    super(document.detail || document.title || `The server answered ${status}.`);
    this.status = status;
    this.code = document.code ?? '';
    this.violations = document.violations ?? [];
    this.retryAfter = retryAfter;
    this.more = { ...document };
  }
}

/** A sentence for people, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return sentence(error.message);
  if (error instanceof TypeError) return 'The server cannot be reached. Check your connection and try again.';
  return error instanceof Error ? sentence(error.message) : 'Something went wrong.';
}

function sentence(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '') return 'Something went wrong.';
  const upper = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(upper) ? upper : `${upper}.`;
}
