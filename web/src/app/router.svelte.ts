// SPDX-License-Identifier: AGPL-3.0-or-later
// Where the page is: path and query of the address, moved by links, by navigate() and by the browser's history. Remembers how far
// each entry of the history was scrolled.
type EntryState = { key: string };

const SCROLL_STORE = 'lathe.scroll.';
const RESTORE_WITHIN_MS = 1500;

function newEntry(): EntryState {
  return { key: crypto.randomUUID().slice(0, 8) };
}

class Router {
  path = $state(location.pathname);
  search = $state(location.search);
  /** Rises with every navigation to another path; pages of one route are told apart by it. */
  visits = $state(0);
  #key = (history.state as EntryState | null)?.key ?? '';
  #scrollTo = 0;

  start(): void {
    history.scrollRestoration = 'manual';
    if (this.#key === '') {
      const entry = newEntry();
      this.#key = entry.key;
      history.replaceState(entry, '');
    }
    addEventListener('popstate', (event) => this.#onHistory(event.state as EntryState | null));
    addEventListener('pagehide', () => this.#keepScroll());
    document.addEventListener('click', (event) => this.#onClick(event));
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.search);
  }

  navigate(href: string, options: { replace?: boolean } = {}): void {
    const url = new URL(href, location.href);
    this.#keepScroll();
    if (options.replace) {
      history.replaceState(history.state, '', url);
    } else {
      const entry = newEntry();
      this.#key = entry.key;
      history.pushState(entry, '', url);
    }
    this.#arrive(url, 0);
  }

  /** Called by the outlet when the new page is in the document. */
  restoreScroll(): void {
    const wanted = this.#scrollTo;
    const until = performance.now() + RESTORE_WITHIN_MS;
    const step = () => {
      scrollTo({ top: wanted, behavior: 'instant' });
      if (Math.abs(scrollY - wanted) > 2 && performance.now() < until && this.#scrollTo === wanted) requestAnimationFrame(step);
    };
    step();
  }

  #arrive(url: URL, scroll: number): void {
    const moved = url.pathname !== this.path;
    this.path = url.pathname;
    this.search = url.search;
    this.#scrollTo = scroll;
    if (moved) this.visits += 1;
  }

  #onHistory(state: EntryState | null): void {
    this.#keepScroll();
    this.#key = state?.key ?? '';
    this.#arrive(new URL(location.href), Number(sessionStorage.getItem(SCROLL_STORE + this.#key)) || 0);
  }

  #keepScroll(): void {
    if (this.#key !== '') sessionStorage.setItem(SCROLL_STORE + this.#key, String(Math.round(scrollY)));
  }

  #onClick(event: MouseEvent): void {
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!isPlain || event.defaultPrevented || !link || link.target || link.hasAttribute('download')) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || isOfTheServer(url.pathname) || (url.hash && url.pathname === location.pathname)) return;
    event.preventDefault();
    this.navigate(url.href);
  }
}

function isOfTheServer(path: string): boolean {
  return /^\/(api|media|docs)(\/|$)/.test(path) || path === '/openapi.json';
}

export const router = new Router();
