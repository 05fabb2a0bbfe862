// SPDX-License-Identifier: AGPL-3.0-or-later
// Light, dark, or what the system wants. The choice is applied before the first paint by public/theme.js.
const STORE = 'lathe.theme';

export type Theme = 'system' | 'light' | 'dark';

class ThemeChoice {
  chosen = $state<Theme>('system');

  constructor() {
    const shown = document.documentElement.dataset['theme'];
    if (shown === 'light' || shown === 'dark') this.chosen = shown;
  }

  get isDark(): boolean {
    return this.chosen === 'dark' || (this.chosen === 'system' && matchMedia('(prefers-color-scheme: dark)').matches);
  }

  choose(theme: Theme): void {
    this.chosen = theme;
    if (theme === 'system') {
      delete document.documentElement.dataset['theme'];
      localStorage.removeItem(STORE);
    } else {
      document.documentElement.dataset['theme'] = theme;
      localStorage.setItem(STORE, theme);
    }
  }

  toggle(): void {
    this.choose(this.isDark ? 'light' : 'dark');
  }
}

export const theme = new ThemeChoice();
