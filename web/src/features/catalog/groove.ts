// SPDX-License-Identifier: AGPL-3.0-or-later
// Drawing a recording's waveform bars (0–100 each): round as a cut disc, straight as a player shows it. Both are one SVG path.

const FLAT = 6;

function heightOf(bar: number): number {
  return Math.max(FLAT, Math.min(100, bar)) / 100;
}

/** The bars as spokes between the radii; stroke them. */
export function discPath(bars: number[], inner: number, outer: number): string {
  const step = (2 * Math.PI) / Math.max(1, bars.length);
  return bars
    .map((bar, i) => {
      const [x, y] = [Math.sin(i * step), -Math.cos(i * step)];
      const end = inner + (outer - inner) * heightOf(bar);
      return `M${at(x * inner)} ${at(y * inner)}L${at(x * end)} ${at(y * end)}`;
    })
    .join('');
}

/** The bars as upright strokes around the middle of a box one unit wide per bar; stroke them. */
export function barsPath(bars: number[], height: number): string {
  return bars
    .map((bar, i) => {
      const half = (heightOf(bar) * height) / 2;
      return `M${i + 0.5} ${at(height / 2 - half)}V${at(height / 2 + half)}`;
    })
    .join('');
}

/** As many bars as wanted, each the loudest of those it stands for. */
export function resample(bars: number[], wanted: number): number[] {
  if (bars.length === 0) return Array.from({ length: wanted }, () => FLAT);
  return Array.from({ length: wanted }, (_, i) => {
    const from = Math.floor((i * bars.length) / wanted);
    const to = Math.max(from + 1, Math.floor(((i + 1) * bars.length) / wanted));
    return Math.max(...bars.slice(from, to));
  });
}

function at(value: number): number {
  return Math.round(value * 100) / 100;
}
