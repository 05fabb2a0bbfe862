// SPDX-License-Identifier: AGPL-3.0-or-later
// Who is logged in. The session itself is an HttpOnly cookie that no script can read.
import { api, hasSessionCookie, once, type Schemas, take, whenSessionIsLost } from '../../api/client';
import { Problem } from '../../api/problem';

export type User = Schemas['User'];

class Session {
  user = $state<User | null>(null);
  /** False until it is known whether somebody is logged in. */
  isKnown = $state(false);

  /** Asks once who it is; a visitor without the cookie costs no request. */
  async start(): Promise<void> {
    whenSessionIsLost(() => this.forget());
    if (hasSessionCookie()) await this.reload().catch(() => {});
    this.isKnown = true;
  }

  async reload(): Promise<void> {
    this.user = await take(api.GET('/api/v1/me'));
  }

  get isMember(): boolean {
    return this.user !== null;
  }

  may(permission: string): boolean {
    return this.user?.permissions.includes(permission) ?? false;
  }

  get isSeller(): boolean {
    return this.user?.roles.some((role) => role === 'producer' || role === 'seller' || role === 'artist') ?? false;
  }

  /** The challenge, where a second factor is asked for; then nobody is logged in yet. */
  async logIn(body: Schemas['Login']): Promise<string | undefined> {
    try {
      this.#become((await take(api.POST('/api/v1/auth/login', { body }))).user);
      return undefined;
    } catch (error) {
      const challenge = error instanceof Problem && error.code === 'identity.second_factor_required' ? error.more['challenge'] : undefined;
      if (typeof challenge !== 'string') throw error;
      return challenge;
    }
  }

  async logInByFactor(body: Schemas['SecondLogin']): Promise<void> {
    this.#become((await take(api.POST('/api/v1/auth/login/second-factor', { body }))).user);
  }

  async register(body: Schemas['Registration']): Promise<void> {
    this.#become((await take(api.POST('/api/v1/auth/register', { body, headers: once() }))).user);
  }

  async logOut(): Promise<void> {
    await take(api.POST('/api/v1/auth/logout'));
    this.forget();
  }

  /** The server ended the session, or the account is gone. */
  forget(): void {
    this.user = null;
    this.#tell();
  }

  /** Called whenever another person, or nobody, is logged in. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  #listeners: (() => void)[] = [];

  #become(user: User): void {
    this.user = user;
    this.isKnown = true;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export const session = new Session();

/** Where to go after logging in; only paths of this page. */
export function afterLogIn(query: URLSearchParams): string {
  const next = query.get('next') ?? '/';
  return next.startsWith('/') && !next.startsWith('//') ? next : '/';
}
