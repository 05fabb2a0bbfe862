// SPDX-License-Identifier: AGPL-3.0-or-later
// What happened to whoever is logged in: how much is unread, and each new thing as it comes.
import { api, take, type Schemas } from '../../api/client';
import type { Page } from '../../api/types';
import { router } from '../../app/router.svelte';
import { toasts } from '../../app/toasts.svelte';
import { live } from '../../live/live.svelte';
import { session } from '../session/session.svelte';

export type Notification = Schemas['Notification'];
export type Preference = Schemas['NotificationPreference'];

class Notifications {
  unread = $state(0);
  /** Rises with each that comes, for lists that are open. */
  arrivals = $state(0);
  #stop: (() => void) | undefined;

  start(): void {
    $effect.root(() => {
      $effect(() => this.#follow(session.user?.id));
    });
  }

  #follow(account_id: string | undefined): void {
    this.#stop?.();
    this.#stop = undefined;
    this.unread = 0;
    if (account_id === undefined) return;
    this.#stop = live.watch('me', {
      snapshot: (state) => (this.unread = Number(state.unread_count ?? 0)),
      message: (message) => {
        if (message.type === 'notification') this.#take(message as unknown as Notification);
        else if (message.type === 'notifications_read') this.unread = Number(message.unread_count ?? this.unread);
      },
    });
  }

  #take(notification: Notification): void {
    this.unread += 1;
    this.arrivals += 1;
    if (router.path === notification.path) return; // its page shows it already
    toasts.show(notification.text, { action: { label: 'Show', run: () => router.navigate(notification.path) } });
  }
}

export const notifications = new Notifications();

export function listNotifications(cursor?: string): Promise<Page<Notification>> {
  return take(api.GET('/api/v1/me/notifications', { params: { query: { cursor, limit: 30 } } }));
}

export async function markRead(notification_id: string): Promise<void> {
  await take(api.POST('/api/v1/me/notifications/{notification_id}/read', { params: { path: { notification_id } } }));
}

export async function markAllRead(): Promise<void> {
  await take(api.POST('/api/v1/me/notifications/read-all'));
}

export async function listPreferences(): Promise<Preference[]> {
  return (await take(api.GET('/api/v1/me/notification-preferences'))).items;
}

export async function savePreferences(items: Preference[]): Promise<Preference[]> {
  return (await take(api.PUT('/api/v1/me/notification-preferences', { body: { items } }))).items;
}

export async function unsubscribe(token: string): Promise<void> {
  await take(api.POST('/api/v1/notifications/unsubscribe', { params: { query: { token } } }));
}
