// SPDX-License-Identifier: AGPL-3.0-or-later
// One room of chat as it happens.
import { Problem } from '../../api/problem';
import { CutOff, type Message } from '../../live/connection';
import { live } from '../../live/live.svelte';
import { session } from '../session/session.svelte';
import { listBefore } from './chat_api';
import type { ChatMessage, ChatRoom } from './types';

type Snapshot = { details: ChatRoom; messages: ChatMessage[]; pins: ChatMessage[] };
type Reaction = { message_id: string; account_id: string | null; emoji: string; count: number; is_added: boolean };

const KEPT = 500;
const TYPING_SHOWN_MS = 5000;
const TYPING_SAID_EVERY_MS = 3000;

export class ChatStream {
  details = $state.raw<ChatRoom>();
  messages = $state.raw<ChatMessage[]>([]);
  pins = $state.raw<ChatMessage[]>([]);
  typing = $state.raw<string[]>([]);
  problem = $state.raw<Problem>();
  hasEarlier = $state(false);
  readonly #name: string;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #said_typing_ms = 0;
  #stop: () => void = () => {};

  /** The room's name on the socket: "chat:{auction}", "room:{id}", "direct:{account}". */
  constructor(name: string) {
    this.#name = name;
  }

  start(): void {
    this.#stop = live.watch(this.#name, {
      snapshot: (state) => this.#begin(state as unknown as Snapshot),
      message: (message) => this.#take(message),
      refused: (problem) => (this.problem = problem),
    });
  }

  stop(): void {
    this.#stop();
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  get myRole(): string {
    return this.details?.membership?.role ?? '';
  }

  readonly mayModerate = $derived(this.myRole === 'owner' || this.myRole === 'moderator' || session.may('report:decide'));

  /** client_id makes a repetition harmless. */
  async say(text: string, reply_to?: string): Promise<void> {
    const body = { room: this.#name, text, client_id: crypto.randomUUID(), ...(reply_to ? { reply_to } : {}) };
    let reply: Message;
    try {
      reply = await live.send('message', body);
    } catch (error) {
      if (!(error instanceof CutOff)) throw error;
      reply = await live.sendWhenBack('message', body);
    }
    this.#put(reply.message as ChatMessage);
  }

  async edit(message_id: string, text: string): Promise<void> {
    await live.send('edit', { message_id, text });
  }

  async remove(message_id: string): Promise<void> {
    await live.send('delete', { message_id });
  }

  async react(message: ChatMessage, emoji: string): Promise<void> {
    const is_mine = message.own_reactions?.includes(emoji) ?? false;
    await live.send(is_mine ? 'unreact' : 'react', { message_id: message.id, emoji });
  }

  sayTyping(): void {
    if (Date.now() - this.#said_typing_ms < TYPING_SAID_EVERY_MS) return;
    this.#said_typing_ms = Date.now();
    live.send('typing', { room: this.#name, is_typing: true }).catch(() => {});
  }

  markRead(): void {
    const last = this.messages.at(-1);
    if (!last || !this.details?.membership || last.sequence <= this.details.membership.read_sequence) return;
    this.details = { ...this.details, membership: { ...this.details.membership, read_sequence: last.sequence, unread: 0 } };
    live.send('read', { room: this.#name, message_id: last.id }).catch(() => {});
  }

  async loadEarlier(): Promise<void> {
    const first = this.messages[0];
    if (!first || !this.details) return;
    const earlier = await listBefore(this.details.id, first.id);
    this.hasEarlier = earlier.length >= 50;
    this.messages = [...earlier, ...this.messages];
  }

  #begin({ details, messages, pins }: Snapshot): void {
    this.details = details;
    this.messages = messages;
    this.pins = pins;
    this.hasEarlier = messages.length >= 50;
    this.problem = undefined;
  }

  #take(message: Message): void {
    const content = message.message as ChatMessage | undefined;
    const handlers: Record<string, () => void> = {
      message: () => content && this.#put(content),
      edited: () => content && this.#change(content),
      deleted: () => content && this.#change(content),
      pinned: () => content && this.#pin(content, true),
      unpinned: () => content && this.#pin(content, false),
      reaction: () => this.#react(message as unknown as Reaction),
      typing: () => this.#showTyping(message),
      room: () => (this.details = { ...(message.details as ChatRoom), membership: this.details?.membership ?? null }),
      left: () => (this.problem = new Problem({ code: String(message.code), detail: 'You cannot read this room any more.' }, 403)),
    };
    handlers[message.type]?.();
  }

  #put(message: ChatMessage): void {
    if (this.messages.some((one) => one.id === message.id)) return;
    this.messages = [...this.messages, message].slice(-KEPT);
    if (message.author) this.#stopTyping(message.author.username);
  }

  #change(message: ChatMessage): void {
    this.messages = this.messages.map((one) => (one.id === message.id ? { ...message, own_reactions: one.own_reactions } : one));
    this.pins = message.deleted_at ? this.pins.filter((one) => one.id !== message.id) : this.pins.map((one) => (one.id === message.id ? message : one));
  }

  #pin(message: ChatMessage, is_pinned: boolean): void {
    this.#change(message);
    this.pins = this.pins.filter((one) => one.id !== message.id);
    if (is_pinned) this.pins = [...this.pins, message];
  }

  #react({ message_id, account_id, emoji, count, is_added }: Reaction): void {
    const is_mine = account_id !== null && account_id === session.user?.id;
    this.messages = this.messages.map((one) => {
      if (one.id !== message_id) return one;
      const others = one.reactions.filter((reaction) => reaction.emoji !== emoji);
      const own = (one.own_reactions ?? []).filter((mine) => !is_mine || mine !== emoji);
      return {
        ...one,
        reactions: count > 0 ? [...others, { emoji, count }] : others,
        own_reactions: is_mine && is_added ? [...own, emoji] : own,
      };
    });
  }

  #showTyping(message: Message): void {
    const name = String(message.username ?? '');
    if (!name || name === session.user?.username) return;
    this.#stopTyping(name);
    if (message.is_typing === false) return;
    this.typing = [...this.typing, name];
    this.#timers.set(name, setTimeout(() => this.#stopTyping(name), TYPING_SHOWN_MS));
  }

  #stopTyping(name: string): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
    this.typing = this.typing.filter((one) => one !== name);
  }
}
