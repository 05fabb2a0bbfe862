// SPDX-License-Identifier: AGPL-3.0-or-later
import type { Schemas } from '../../api/client';
import type { paths } from '../../api/schema';

export type Auction = Schemas['Auction'];
export type AuctionBid = Schemas['AuctionBid'];
export type AuctionBidView = Schemas['AuctionBidView'];
export type AuctionStatistics = Schemas['AuctionStatistics'];
export type AuctionQuery = NonNullable<paths['/api/v1/auctions']['get']['parameters']['query']>;
