// SPDX-License-Identifier: AGPL-3.0-or-later
import { api, once, take, type Schemas } from '../../api/client';
import type { Page } from '../../api/types';
import type { Auction, AuctionBidView, AuctionQuery, AuctionStatistics } from './types';

const one = (auction_id: string) => ({ params: { path: { auction_id } } });

export function listAuctions(query: AuctionQuery): Promise<Page<Auction> & { server_time: string }> {
  return take(api.GET('/api/v1/auctions', { params: { query } }));
}

export function readAuction(auction_id: string): Promise<Auction> {
  return take(api.GET('/api/v1/auctions/{auction_id}', one(auction_id)));
}

export async function listBids(auction_id: string): Promise<AuctionBidView[]> {
  const page = await take(api.GET('/api/v1/auctions/{auction_id}/bids', { params: { path: { auction_id }, query: { limit: 50 } } }));
  return page.items;
}

export function readStatistics(auction_id: string): Promise<AuctionStatistics> {
  return take(api.GET('/api/v1/auctions/{auction_id}/statistics', one(auction_id)));
}

export async function buyNow(auction_id: string): Promise<void> {
  await take(api.POST('/api/v1/auctions/{auction_id}/buy-now', { ...one(auction_id), headers: once() }));
}

export async function setWatched(auction_id: string, is_watched: boolean): Promise<void> {
  if (is_watched) await take(api.PUT('/api/v1/auctions/{auction_id}/watch', one(auction_id)));
  else await take(api.DELETE('/api/v1/auctions/{auction_id}/watch', one(auction_id)));
}

export function createAuction(body: Schemas['AuctionRequest']): Promise<Auction> {
  return take(api.POST('/api/v1/auctions', { body, headers: once() }));
}

export function changeAuction(auction_id: string, body: Schemas['AuctionChange']): Promise<Auction> {
  return take(api.PATCH('/api/v1/auctions/{auction_id}', { ...one(auction_id), body }));
}

export function cancelAuction(auction_id: string): Promise<Auction> {
  return take(api.POST('/api/v1/auctions/{auction_id}/cancel', one(auction_id)));
}

export function voidAuction(auction_id: string, reason: string): Promise<Auction> {
  return take(api.POST('/api/v1/auctions/{auction_id}/void', { ...one(auction_id), body: { reason } }));
}

/** After an unpaid win. */
export function offerSecondChance(auction_id: string): Promise<Auction> {
  return take(api.POST('/api/v1/auctions/{auction_id}/second-chance', one(auction_id)));
}

export function relist(auction_id: string, body: Schemas['AuctionTimes']): Promise<Auction> {
  return take(api.POST('/api/v1/auctions/{auction_id}/relist', { ...one(auction_id), body, headers: once() }));
}

export function closeSale(auction_id: string): Promise<Auction> {
  return take(api.POST('/api/v1/auctions/{auction_id}/close', one(auction_id)));
}
