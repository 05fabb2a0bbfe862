// SPDX-License-Identifier: AGPL-3.0-or-later
// One auction as it happens: the server's view, moved on by what the socket says.
import { CutOff, type Message } from '../../live/connection';
import { live } from '../../live/live.svelte';
import { listBids, readAuction, setWatched } from './auctions_api';
import { clockOffset } from './remaining';
import { leastBid } from './steps';
import type { Auction, AuctionBid, AuctionBidView } from './types';

/** What socket messages carry; times in microseconds. */
type BidNews = { kind: 'bid' | 'prebid' | 'bought'; at: number; bidder: number; amount?: number; price?: number; leader?: number | null; reserve_met?: boolean; bid_count?: number; ends_at?: number };
type EndNews = { outcome: Auction['outcome']; winner: number | null; price: number };

const SHOWN_BIDS = 50;
const FLASH_MS = 1200;

function timeOf(us: number): string {
  return new Date(us / 1000).toISOString();
}

export class AuctionRoom {
  view = $state.raw<Auction>();
  bids = $state.raw<AuctionBidView[]>([]);
  viewers = $state(0);
  error = $state.raw<unknown>();
  /** The server's clock minus this machine's. */
  offset_ms = $state(0);
  /** The price has just changed. */
  isFresh = $state(false);
  /** The end has just been moved. */
  isExtended = $state(false);
  readonly #id: string;
  #stop: () => void = () => {};

  constructor(id: string) {
    this.#id = id;
  }

  readonly least = $derived(this.view ? leastBid(this.view) : 0);
  readonly isLeading = $derived(Boolean(this.view?.my?.bidder && this.view.leader === this.view.my.bidder));
  /** Has bid, and somebody else leads. */
  readonly isOutbid = $derived(Boolean(this.view?.my?.bidder && this.view.status === 'live' && !this.isLeading));

  async start(): Promise<void> {
    await this.reload();
    this.#stop = live.watch(`auction:${this.#id}`, {
      snapshot: () => void this.reload(),
      message: (message) => this.#take(message),
    });
  }

  stop(): void {
    this.#stop();
  }

  async reload(): Promise<void> {
    const sent = Date.now();
    try {
      const [view, bids] = await Promise.all([readAuction(this.#id), listBids(this.#id)]);
      this.offset_ms = clockOffset(view.server_time, sent, Date.now());
      this.view = view;
      this.viewers = view.viewers;
      this.bids = bids;
      this.error = undefined;
    } catch (error) {
      this.error = error;
    }
  }

  /** The key makes a repetition harmless: the same bid is taken once. */
  async bid(amount: number, max_amount: number | undefined, key: string): Promise<AuctionBid> {
    const body = { auction_id: this.#id, amount, key, ...(max_amount !== undefined && max_amount > amount ? { max_amount } : {}) };
    let reply: Message;
    try {
      reply = await live.send('bid', body);
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      reply = await live.sendWhenBack('bid', body);
    }
    const bid = reply as unknown as AuctionBid;
    this.#takeOwn(bid);
    return bid;
  }

  async watch(is_watched: boolean): Promise<void> {
    await setWatched(this.#id, is_watched);
    await this.reload();
  }

  #takeOwn(bid: AuctionBid): void {
    if (!this.view) return;
    const my = { ...(this.view.my ?? { is_watching: false }), bidder: bid.bidder, maximum: bid.max_amount, is_leading: bid.auction.is_leading };
    this.view = { ...this.view, my: my as Auction['my'] };
  }

  #take(message: Message): void {
    if (!this.view) return;
    const handlers: Record<string, () => void> = {
      bid: () => this.#takeBid(message as unknown as BidNews & Message),
      extended: () => this.#takeEnd(message.ends_at as number),
      ended: () => this.#finish(message as unknown as EndNews),
      auction: () => void this.reload(),
      presence: () => (this.viewers = Number(message.viewers ?? this.viewers)),
    };
    handlers[message.type]?.();
  }

  #takeBid(news: BidNews & Message): void {
    const view = this.view as Auction;
    const line: AuctionBidView = { sequence: news.sequence ?? 0, kind: news.kind, at: timeOf(news.at), bidder: news.bidder, amount: news.amount ?? null, price: news.price ?? null, leader: news.leader ?? null };
    this.bids = [line, ...this.bids.filter((bid) => bid.sequence !== line.sequence)].slice(0, SHOWN_BIDS);
    if (news.price === undefined) return;
    const is_changed = news.price !== view.price || (news.leader ?? null) !== view.leader;
    this.view = {
      ...view,
      price: news.price,
      leader: news.leader ?? view.leader,
      bid_count: news.bid_count ?? view.bid_count,
      reserve_met: news.reserve_met ?? view.reserve_met,
      can_buy_now: view.can_buy_now && !(news.reserve_met ?? false),
      sequence: news.sequence ?? view.sequence,
    };
    if (news.ends_at !== undefined) this.#takeEnd(news.ends_at);
    if (is_changed) this.#flash('isFresh');
  }

  #takeEnd(us: number): void {
    const ends_at = timeOf(us);
    if (!this.view || new Date(ends_at) <= new Date(this.view.ends_at)) return;
    this.view = { ...this.view, ends_at };
    this.#flash('isExtended');
  }

  #finish(news: EndNews): void {
    const view = this.view as Auction;
    this.view = { ...view, status: 'ended', outcome: news.outcome, price: news.price || view.price, leader: news.winner ?? view.leader, can_buy_now: false };
    // The order and what the seller may decide come with the view.
    void this.reload();
  }

  #flash(name: 'isFresh' | 'isExtended'): void {
    this[name] = true;
    setTimeout(() => (this[name] = false), FLASH_MS);
  }
}
