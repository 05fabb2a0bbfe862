// SPDX-License-Identifier: AGPL-3.0-or-later
// The rules as the program has them against the model: every step of many random auctions.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/paths.ts';
import { type Command, type Play, randomPlay, type State, type Step } from './generate.ts';

type Json = any; // eslint-disable-line @typescript-eslint/no-explicit-any

const AUCTIONS = Number(process.env['LATHE_MODEL_AUCTIONS'] ?? 100_000);
const BATCH = 5_000;
const FIRST_SEED = Number(process.env['LATHE_MODEL_SEED'] ?? 1);
const filter = process.env['LATHE_AUCTIONS_CLI'] ?? join(root, 'build/debug/src/modules/auctions/auctions_domain_cli');

/** The seller is one of the crowd there, and marked. */
const who = (bidder: number): Json => ({ bidder: bidder === 0 ? 99 : bidder, is_seller: bidder === 0 });

function lineOf(command: Command): Json {
  switch (command.do) {
    case 'bid': {
      const { at, bidder, amount, maximum } = command;
      // A maximum that is the amount is left out half of the time, as people do.
      const max_amount = maximum === amount && amount % 2 === 0 ? {} : { max_amount: maximum };
      return { command: 'bid', at, ...who(bidder), amount, ...max_amount };
    }
    case 'buy':
      return { command: 'buy', at: command.at, ...who(command.bidder) };
    case 'start':
    case 'end':
      return { command: command.do };
    case 'cancel':
      throw new Error('not a matter of bids');
  }
}

/** What the filter prints after the step. */
function expected(step: Step): Json {
  const { verdict, state } = step;
  return {
    verdict: verdict ? verdict.reason.replace('auctions.', '') : 'accepted',
    status: state.status,
    outcome: state.outcome ?? 'undecided',
    price: state.price,
    leader: state.leader ?? 0,
    maximum: state.maximum,
    bid_count: state.bid_count,
    ends_at: state.ends_at,
    least: step.least,
    reserve_met: state.reserve_met,
    ...(step.judged ? { judged: step.judged } : {}),
  };
}

const INITIAL: State = { status: 'scheduled', price: 0, leader: undefined, maximum: 0, reserve_met: false, bid_count: 0, ends_at: 0, winner: undefined, outcome: undefined };

function script(play: Play): { sent: string[]; replies: Json[] } {
  const steps = play.steps.filter((step) => step.command.do !== 'cancel');
  const first = expected({ command: { do: 'start', at: 0 }, verdict: undefined, state: { ...INITIAL, ends_at: play.terms.ends_at }, least: play.terms.starting_price });
  return {
    sent: [JSON.stringify({ command: 'terms', ...play.terms }), ...steps.map((step) => JSON.stringify(lineOf(step.command)))],
    replies: [first, ...steps.map(expected)],
  };
}

function compareBatch(from: number, count: number): number {
  const plays = Array.from({ length: count }, (_, i) => script(randomPlay(from + i)));
  const input = plays.flatMap((play) => play.sent).join('\n') + '\n';
  const done = spawnSync(filter, { input, encoding: 'utf8', maxBuffer: 1 << 30 });
  const lines = done.stdout.split('\n');
  let at = 0;
  for (const [i, play] of plays.entries()) {
    for (const [n, reply] of play.replies.entries()) {
      const found = lines[at++] ?? '';
      // Strict comparison of objects is slow; most of the texts are the same.
      if (found === JSON.stringify(reply)) continue;
      const history = play.sent.slice(0, n + 1).map((sent, k) => `${sent}\n  ${lines[at - n - 1 + k]}`);
      assert.deepEqual(found.endsWith('}') ? JSON.parse(found) : done.stderr, reply, `seed ${from + i}, step ${n}:\n${history.join('\n')}`);
    }
  }
  assert.equal(done.status, 0, done.stderr);
  return at;
}

test(`${AUCTIONS} random auctions go the same way by the model and by the program, in every step`, (t) => {
  let steps = 0;
  for (let done = 0; done < AUCTIONS; done += BATCH) steps += compareBatch(FIRST_SEED + done, Math.min(BATCH, AUCTIONS - done));
  assert.ok(steps > 8 * AUCTIONS, `${steps} steps are too few to say much`);
  t.diagnostic(`${steps} steps from seed ${FIRST_SEED} on`);
});
