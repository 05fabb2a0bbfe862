// SPDX-License-Identifier: AGPL-3.0-or-later
// People for tests that are about something else than accounts.
import { randomBytes } from 'node:crypto';
import { type Api, expectStatus, type Json } from './api.ts';

export type Person = { api: Api; id: string; email: string; username: string; password: string; tokens: Json };

/** Registers somebody new; `api` speaks as them. */
export async function newPerson(api: Api, role: 'listener' | 'producer' | 'seller' = 'listener'): Promise<Person> {
  const username = `${role}${randomBytes(5).toString('hex')}`;
  const person = { email: `${username}@example.org`, username, password: 'a long enough password' };
  const tokens = expectStatus(await api.post('/auth/register', { ...person, role }), 201);
  return { ...person, api: api.as(tokens.access_token), id: tokens.user.id, tokens };
}

/** A body of POST /specs that has everything but its files. */
export function specDraft(more: Json = {}): Json {
  return {
    title: `Sketch ${randomBytes(4).toString('hex')}`,
    category: 'beat',
    type: 'wav',
    bpm: 92,
    key: 'a_minor',
    description: 'Slow, with rain.',
    genres: ['hip_hop'],
    tags: ['rain'],
    moods: [],
    instruments: [],
    currency: 'USD',
    free_mp3_enabled: false,
    licenses: [{ type: 'basic', name: 'Basic', price: 1999, features: [], file_types: ['mp3'] }],
    ...more,
  };
}
