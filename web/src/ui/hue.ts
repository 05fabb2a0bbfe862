// SPDX-License-Identifier: AGPL-3.0-or-later
// The colour of a musical key: its place on the circle of fifths, as a hue. A key and its relative minor share the place, neighbours
// mix well, so that harmony can be seen.
const SEMITONES: Record<string, number> = { c: 0, d: 2, e: 4, f: 5, g: 7, a: 9, b: 11 };
const FIRST_HUE = 38;

export type KeyColour = { hue: number; mode: 'major' | 'minor' | 'none' };

function pitchOf(key: string): number | undefined {
  const semitone = SEMITONES[key.charAt(0)];
  if (semitone === undefined) return undefined;
  return (semitone + (key.includes('sharp') ? 1 : key.includes('flat') ? 11 : 0)) % 12;
}

export function keyColour(key: string | null, id: string): KeyColour {
  const pitch = key === null ? undefined : pitchOf(key);
  if (key === null || pitch === undefined) return { hue: Number.parseInt(id.slice(-3), 16) % 360 || 0, mode: 'none' };
  const mode = key.endsWith('minor') ? 'minor' : 'major';
  const major = mode === 'minor' ? pitch + 3 : pitch;
  return { hue: (FIRST_HUE + ((major * 7) % 12) * 30) % 360, mode };
}
