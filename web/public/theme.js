// SPDX-License-Identifier: AGPL-3.0-or-later
// Runs before the first paint, so that a chosen theme does not flash. See src/app/theme.svelte.ts.
try {
  const chosen = localStorage.getItem('lathe.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage can be forbidden; the system's theme is used then.
}
