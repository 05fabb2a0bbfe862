// SPDX-License-Identifier: AGPL-3.0-or-later
// The verifier: a true log fits, and nothing that was changed in it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomPlay } from './generate.ts';
import { verifyLog } from './log.ts';
import { asText, chained, logOf } from './log_writer.ts';

type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any

/** Auctions with at least this many accepted bids. */
function* busyLogs(least: number): Generator<Json[]> {
  for (let seed = 1; ; seed++) {
    const bodies = logOf(randomPlay(seed));
    if (bodies.filter((body) => body.kind === 'bid').length >= least) yield bodies;
  }
}

test('the logs of 2 000 auctions fit', () => {
  for (let seed = 1; seed <= 2_000; seed++) {
    assert.equal(verifyLog(asText(chained(logOf(randomPlay(seed))))), undefined, `seed ${seed}`);
  }
});

test('every byte of a log matters', () => {
  const text = asText(chained(busyLogs(4).next().value));
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i++) {
    const kept = bytes[i] as number;
    bytes[i] = kept ^ 1;
    assert.ok(verifyLog(bytes.toString('utf8')), `byte ${i} of ${bytes.length} (${text.slice(Math.max(0, i - 20), i + 20)}) does not matter`);
    bytes[i] = kept;
  }
});

test('a log that was cut, or lost an event, does not fit where it is', () => {
  const entries = chained(busyLogs(4).next().value);
  for (let i = 0; i < entries.length - 1; i++) {
    const finding = verifyLog(asText(entries.filter((_, at) => at !== i)));
    assert.equal(finding?.sequence, i + 1);
  }
});

const lies: [what: string, kind: string, change: (body: Json) => void][] = [
  ['a lower price', 'bid', (body) => (body.price -= 1)],
  ['another leader', 'bid', (body) => (body.leader += 1)],
  ['an end that moved', 'bid', (body) => (body.ends_at += 1)],
  ['another count', 'bid', (body) => (body.bid_count += 1)],
  ['a commitment to something else', 'bid', (body) => (body.commitment = body.commitment.replace(/^./, (c: string) => (c === '0' ? '1' : '0')))],
  ['a reserve that is met', 'bid', (body) => (body.reserve_met = !body.reserve_met)],
  ['a bid after the end', 'bid', (body) => (body.at += 3_600_000_000)],
  ['an early end', 'ended', (body) => (body.at -= 3_600_000_000)],
  ['another winner', 'ended', (body) => (body.winner = (body.winner ?? 0) + 1)],
  ['another outcome', 'ended', (body) => (body.outcome = body.outcome === 'sold' ? 'no_bids' : 'sold')],
  ['a higher maximum', 'ended', (body) => (body.opened[0].maximum += 1)],
  ['a maximum that stays hidden', 'ended', (body) => body.opened.pop()],
  ['another reserve', 'ended', (body) => (body.reserve.price += 1)],
];
for (const [what, kind, change] of lies) {
  test(`with a chain that fits, ${what} is found`, () => {
    let seen = 0;
    for (const bodies of busyLogs(3)) {
      const at = bodies.findIndex((body) => body.kind === kind);
      if (at < 0) continue;
      change(bodies[at]);
      assert.ok(verifyLog(asText(chained(bodies))), JSON.stringify(bodies[at]));
      if (++seen === 20) return;
    }
  });
}
