// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, once, take, type Schemas } from '../../api/client';
import type { Page } from '../../api/types';

export type ItemReport = Schemas['Report'];
export type Complaint = Schemas['ReportInput'];

/** Of things; of messages see the chat's own. */
export function listItemReports(cursor?: string): Promise<Page<ItemReport>> {
  return take(api.GET('/api/v1/moderation/reports', { params: { query: { cursor, limit: 50 } } }));
}

export async function takeDown(key: string, reason: string): Promise<void> {
  await take(api.POST('/api/v1/moderation/items/{key}/takedown', { params: { path: { key } }, body: { reason } }));
}

/** Puts it back, and dismisses what is reported of it. */
export async function dismiss(key: string): Promise<void> {
  await take(api.POST('/api/v1/moderation/items/{key}/restore', { params: { path: { key } } }));
}

export async function reportSpec(key: string, body: Complaint): Promise<void> {
  await take(api.POST('/api/v1/specs/{key}/reports', { params: { path: { key } }, body, headers: once() }));
}

export async function reportProduct(key: string, body: Complaint): Promise<void> {
  await take(api.POST('/api/v1/products/{key}/reports', { params: { path: { key } }, body, headers: once() }));
}

export async function reportAuction(auction_id: string, body: Complaint): Promise<void> {
  await take(api.POST('/api/v1/auctions/{auction_id}/reports', { params: { path: { auction_id } }, body, headers: once() }));
}
