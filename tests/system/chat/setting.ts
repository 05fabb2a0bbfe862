// SPDX-License-Identifier: AGPL-3.0-or-later
// What the tests of chat share: settings without budgets, rooms, people in them.
import { randomBytes } from 'node:crypto';
import { type Api, expectStatus, type Json } from '../../lib/api.ts';
import type { Lathe } from '../../lib/lathe.ts';
import { newPerson, type Person } from '../../lib/people.ts';
import { Socket } from '../../lib/socket.ts';

export const THUMB = '\u{1F44D}';
export const reactions = (message: Json, emoji: string): string => `/chat/messages/${message.id}/reactions/${encodeURIComponent(emoji)}`;

export async function newRoom(owner: Person, kind: 'public' | 'private' = 'public', more: Json = {}): Promise<Json> {
  return expectStatus(await owner.api.post('/chat/rooms', { kind, title: 'Lobby', ...more }), 201);
}

export async function say(person: Person, room: Json, text: string, more: Json = {}): Promise<Json> {
  return expectStatus(await person.api.post(`/chat/rooms/${room.id}/messages`, { text, ...more }), 201);
}

export async function invite(owner: Person, room: Json, guest: Person): Promise<void> {
  expectStatus(await owner.api.post(`/chat/rooms/${room.id}/invitations`, { username: guest.username }), 204);
  expectStatus(await guest.api.post(`/chat/rooms/${room.id}/join`), 200);
}

export async function history(api: Api, room: Json, query: Record<string, string | number> = {}): Promise<string[]> {
  const page = expectStatus(await api.get(`/chat/rooms/${room.id}/messages`, { query }), 200);
  return page.items.map((message: Json) => message.text);
}

export function openSocket(lathe: Lathe, person?: Person): Promise<Socket> {
  return Socket.open(lathe.origin, person ? { token: person.tokens.access_token } : {});
}

/** Somebody with a role that nobody registers with. */
export async function newStaff(lathe: Lathe, role: 'moderator' | 'admin'): Promise<Person> {
  const username = `${role}${randomBytes(5).toString('hex')}`;
  const person = { email: `${username}@example.org`, username };
  const { output } = await lathe.run(['user', 'create', '--role', role, '--email', person.email, '--username', username, '--display-name', role, '--random-password']);
  const password = /password:? *(\S+)/i.exec(output)?.[1] ?? '';
  const tokens = expectStatus(await lathe.api.post('/auth/login', { login: username, password }), 200);
  return { ...person, password, api: lathe.api.as(tokens.access_token), id: tokens.user.id, tokens };
}

export { newPerson, type Person };
