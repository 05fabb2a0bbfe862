// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, once, take, type Schemas } from '../../api/client';
import type { Page } from '../../api/types';
import type { ChatMessage, ChatReport, ChatRoom, Sanction, Verdict } from './types';

const room = (room_id: string) => ({ params: { path: { room_id } } });
const message = (message_id: string) => ({ params: { path: { message_id } } });

export function listRooms(cursor?: string): Promise<Page<ChatRoom>> {
  return take(api.GET('/api/v1/chat/rooms', { params: { query: { cursor, limit: 50 } } }));
}

export function listPublicRooms(cursor?: string): Promise<Page<ChatRoom>> {
  return take(api.GET('/api/v1/chat/rooms/public', { params: { query: { cursor, limit: 50 } } }));
}

export function listConversations(cursor?: string): Promise<Page<ChatRoom>> {
  return take(api.GET('/api/v1/chat/direct', { params: { query: { cursor, limit: 50 } } }));
}

export function createRoom(body: Schemas['ChatRoomDraft']): Promise<ChatRoom> {
  return take(api.POST('/api/v1/chat/rooms', { body, headers: once() }));
}

export function openConversation(username: string): Promise<ChatRoom> {
  return take(api.POST('/api/v1/chat/direct', { body: { username } }));
}

export function joinRoom(room_id: string): Promise<ChatRoom> {
  return take(api.POST('/api/v1/chat/rooms/{room_id}/join', room(room_id)));
}

export async function leaveRoom(room_id: string): Promise<void> {
  await take(api.POST('/api/v1/chat/rooms/{room_id}/leave', room(room_id)));
}

export async function invite(room_id: string, username: string): Promise<void> {
  await take(api.POST('/api/v1/chat/rooms/{room_id}/invitations', { ...room(room_id), body: { username } }));
}

/** What was written before a message, oldest first. */
export async function listBefore(room_id: string, before: string): Promise<ChatMessage[]> {
  const page = await take(api.GET('/api/v1/chat/rooms/{room_id}/messages', { params: { path: { room_id }, query: { before, limit: 50 } } }));
  return page.items.toReversed();
}

export async function sanction(room_id: string, body: Sanction): Promise<void> {
  await take(api.POST('/api/v1/chat/rooms/{room_id}/sanctions', { ...room(room_id), body }));
}

export async function setPinned(message_id: string, is_pinned: boolean): Promise<void> {
  if (is_pinned) await take(api.PUT('/api/v1/chat/messages/{message_id}/pin', message(message_id)));
  else await take(api.DELETE('/api/v1/chat/messages/{message_id}/pin', message(message_id)));
}

export async function reportMessage(message_id: string, body: Schemas['ChatReportBody']): Promise<void> {
  await take(api.POST('/api/v1/chat/messages/{message_id}/reports', { ...message(message_id), body }));
}

export async function block(account_id: string): Promise<void> {
  await take(api.PUT('/api/v1/chat/blocks/{account_id}', { params: { path: { account_id } } }));
}

export function listReports(cursor?: string): Promise<Page<ChatReport>> {
  return take(api.GET('/api/v1/chat/reports', { params: { query: { cursor, limit: 50 } } }));
}

export async function decide(report_id: string, body: Verdict): Promise<void> {
  await take(api.POST('/api/v1/chat/reports/{report_id}/decision', { params: { path: { report_id } }, body }));
}
