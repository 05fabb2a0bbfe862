// SPDX-License-Identifier: AGPL-3.0-or-later
// Path patterns: "/specs/:key" takes one segment, anything else is itself.

export type Params = Record<string, string>;

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}

/** The variables of the path, or nothing when it does not fit the pattern. */
export function matchPath(pattern: string, path: string): Params | undefined {
  const wanted = segments(pattern);
  const given = segments(path);
  if (wanted.length !== given.length) return undefined;
  const params: Params = {};
  for (const [i, want] of wanted.entries()) {
    const value = decoded(given[i] ?? '');
    if (value === undefined) return undefined;
    if (want.startsWith(':')) params[want.slice(1)] = value;
    else if (want !== value) return undefined;
  }
  return params;
}
