// SPDX-License-Identifier: AGPL-3.0-or-later
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '../api/problem';
import { Connection, CutOff, type Message, type Standing, type Wire } from './connection';

class FakeWire implements Wire {
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  sent: Message[] = [];

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Message);
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.({} as Event);
  }
  cut(): void {
    this.readyState = 3;
    this.onclose?.({} as CloseEvent);
  }
  say(message: Message): void {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }
  last(type: string): Message {
    return this.sent.findLast((message) => message.type === type) ?? expect.fail(`no ${type} was sent`);
  }
}

let wires: FakeWire[];
let standings: Standing[];
let connection: Connection;
const wire = (): FakeWire => wires.at(-1) ?? expect.fail('nothing was dialled');

/** What a watcher of a room was told. */
function watcher() {
  const told: unknown[] = [];
  return {
    told,
    snapshot: (state: Record<string, unknown>) => told.push(['snapshot', state.price]),
    message: (message: Message) => told.push([message.type, message.sequence]),
    refused: (problem: Problem) => told.push(['refused', problem.code]),
  };
}

async function joined(room: string, sequence: number, state: Record<string, unknown>): Promise<void> {
  const { id } = wire().last('join');
  wire().say({ type: 'ok', id, room, sequence });
  await Promise.resolve();
  wire().say({ type: 'snapshot', room, sequence, ...state });
}

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  standings = [];
  connection = new Connection(
    () => {
      wires.push(new FakeWire());
      return wire();
    },
    (standing) => standings.push(standing),
  );
});
afterEach(() => vi.useRealTimers());

describe('watching a room', () => {
  test('shows the snapshot, then what comes after it, once each', async () => {
    const seen = watcher();
    connection.watch('auction:1', seen);
    wire().open();
    await joined('auction:1', 5, { price: 100 });
    wire().say({ type: 'bid', room: 'auction:1', sequence: 5 });
    wire().say({ type: 'bid', room: 'auction:1', sequence: 6 });
    wire().say({ type: 'bid', room: 'auction:1', sequence: 6 });
    wire().say({ type: 'typing', room: 'auction:1' });
    wire().say({ type: 'bid', room: 'auction:2', sequence: 9 });
    expect(seen.told).toEqual([['snapshot', 100], ['bid', 6], ['typing', undefined]]);
  });

  test('goes on where it stopped after the line was cut', async () => {
    const seen = watcher();
    connection.watch('auction:1', seen);
    wire().open();
    await joined('auction:1', 5, { price: 100 });
    wire().say({ type: 'bid', room: 'auction:1', sequence: 6 });
    wire().cut();
    expect(connection.standing).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1000);
    expect(wires).toHaveLength(2);
    wire().open();
    expect(wire().last('join')).toMatchObject({ room: 'auction:1', after_sequence: 6 });
    wire().say({ type: 'bid', room: 'auction:1', sequence: 7 });
    expect(seen.told.at(-1)).toEqual(['bid', 7]);
    expect(standings).toEqual(['connecting', 'live', 'waiting', 'connecting', 'live']);
  });

  test('a second watcher of the same room sees the whole state too', async () => {
    connection.watch('auction:1', watcher());
    wire().open();
    await joined('auction:1', 5, { price: 100 });
    wire().say({ type: 'bid', room: 'auction:1', sequence: 6 });
    const late = watcher();
    connection.watch('auction:1', late);
    expect(wire().last('join')).not.toHaveProperty('after_sequence');
    await joined('auction:1', 6, { price: 110 });
    expect(late.told).toEqual([['snapshot', 110]]);
  });

  test('a refusal is told', async () => {
    const seen = watcher();
    connection.watch('room:9', seen);
    wire().open();
    wire().say({ type: 'error', id: wire().last('join').id, problem: { status: 404, code: 'common.not_found' } });
    await vi.advanceTimersByTimeAsync(0);
    expect(seen.told).toEqual([['refused', 'common.not_found']]);
  });

  test('too many at once try again', async () => {
    const seen = watcher();
    connection.watch('room:9', seen);
    wire().open();
    wire().say({ type: 'error', id: wire().last('join').id, problem: { status: 429, code: 'common.rate_limited' } });
    await vi.advanceTimersByTimeAsync(3000);
    expect(wire().sent.filter((message) => message.type === 'join')).toHaveLength(2);
    expect(seen.told).toEqual([]);
  });

  test('the last one who goes closes the line', () => {
    const stop = connection.watch('auction:1', watcher());
    wire().open();
    stop();
    expect(connection.standing).toBe('off');
    expect(wire().readyState).toBe(3);
  });
});

describe('a command', () => {
  beforeEach(() => {
    connection.watch('me', watcher());
    wire().open();
  });

  test('is answered', async () => {
    const reply = connection.send('bid', { auction_id: '1', amount: 500 });
    expect(wire().last('bid')).toMatchObject({ auction_id: '1', amount: 500 });
    wire().say({ type: 'ok', id: wire().last('bid').id, sequence: 4 });
    await expect(reply).resolves.toMatchObject({ sequence: 4 });
  });

  test('is refused with the problem', async () => {
    const reply = connection.send('bid', { amount: 1 });
    wire().say({ type: 'error', id: wire().last('bid').id, problem: { status: 409, code: 'auctions.bid_too_low', detail: 'at least 5' } });
    await expect(reply).rejects.toMatchObject({ code: 'auctions.bid_too_low', status: 409 });
  });

  test('that was cut off says so', async () => {
    const reply = connection.send('bid', { amount: 1 });
    const outcome = expect(reply).rejects.toBeInstanceOf(CutOff);
    wire().cut();
    await outcome;
  });
});

test('a line that falls silent is let go', async () => {
  connection.watch('me', watcher());
  wire().open();
  await vi.advanceTimersByTimeAsync(45_000);
  expect(wire().last('ping')).toBeTruthy();
  await vi.advanceTimersByTimeAsync(8_000);
  expect(connection.standing).toBe('waiting');
});

test('somebody who logs in joins anew', async () => {
  connection.watch('auction:1', watcher());
  wire().open();
  await joined('auction:1', 5, { price: 100 });
  connection.restart();
  expect(wires).toHaveLength(2);
  wire().open();
  expect(wire().last('join')).not.toHaveProperty('after_sequence');
});
