// SPDX-License-Identifier: AGPL-3.0-or-later
// kill -9 while auctions are in their last seconds: each ends once, nothing that was acknowledged is lost, logs verify, and who watches over
// a socket gets every message once.
//
// LATHE_AUCTION_KILLS sets the number of kills over both engines (200), LATHE_KILL_SEED repeats a run's moments.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type Engine, engines, Lathe, serveIsMissing } from '../lib/lathe.ts';
import { lotSettings } from '../lib/lots.ts';
import { Dice } from '../lib/random.ts';
import { Lot, judgeOrders, people } from './lots.ts';
import { type Account, register } from './people.ts';
import { eventually } from '../lib/wait.ts';
import { noteFigures } from './figures.ts';
import { Watcher } from './watcher.ts';
import { World } from './world.ts';

const KILLS = Number(process.env['LATHE_AUCTION_KILLS'] ?? 200);
const BIDDERS = 10;
const AUCTIONEERS = 6;
const LAST_MS = 10_000;
/** Kills that one world lives through: `lathe check` reads every auction that ever was, after each of them. */
const WORLD_KILLS = 125;

class Hall {
  readonly lots: Lot[] = [];
  readonly watchers: Watcher[] = [];
  readonly world: World;
  readonly dice: Dice;
  isClosing = false;
  /** How many lots were live and in their last ten seconds at each kill. */
  met = 0;
  /** How often those who watched came back after a kill. */
  resumed = 0;

  constructor(world: World, dice: Dice) {
    this.world = world;
    this.dice = dice;
  }

  get live(): Lot[] {
    const now = Date.now();
    return this.lots.filter((lot) => lot.starts_at < now && lot.view.status !== 'ended' && now < Date.parse(lot.view.ends_at));
  }

  /** One lot after the other, each for a few seconds. */
  async sell(seller: Account): Promise<void> {
    while (!this.isClosing) {
      const hasSoftClose = this.dice.chance(0.5);
      const times = () => ({ starts_at: Date.now() + this.dice.between(150, 400), ends_at: Date.now() + this.dice.between(3_000, 9_000) });
      const terms = { reserve_price: this.dice.chance(0.3) ? 300 : 0, bid_step: 10, ...(hasSoftClose ? { soft_close_ms: 400, extend_ms: 600 } : {}) };
      const lot = await Lot.open(this.world, seller, times, terms);
      this.lots.push(lot);
      if (this.dice.chance(0.5)) this.watchers.push(Watcher.start(this.world, lot));
      await pause(this.dice.between(200, 900));
    }
  }

  async bid(bidder: Account): Promise<void> {
    while (!this.isClosing) {
      const lot = this.live[this.dice.between(0, Math.max(0, this.live.length - 1))];
      if (lot) {
        const amount = Math.max(100, lot.view.price) + this.dice.pick([0, 10, 10, 20]);
        await lot.bid(bidder, amount, amount + this.dice.pick([0, 0, 20, 100]));
      }
      await pause(this.dice.between(5, 60));
    }
  }

  get acknowledged(): number {
    return this.lots.reduce((sum, lot) => sum + lot.attempts.filter((attempt) => attempt.receipt).length, 0);
  }

  /** Waits until there is something to be lost, then kills at any moment. */
  async kill(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      const before = this.acknowledged;
      await eventually('bids are taken', () => this.live.length >= 2 && this.acknowledged >= before + 2, { within_ms: 60_000, every_ms: 5 });
      await pause(this.dice.between(0, 150));
      const now = Date.now();
      this.met += this.live.filter((lot) => Date.parse(lot.view.ends_at) - now <= LAST_MS).length;
      await this.world.strike();
    }
    this.isClosing = true;
  }

  /** Who watched to the end is judged and goes: people who come back after each kill to see nothing more would be all there is to do. */
  async dismiss(): Promise<void> {
    while (!this.isClosing) {
      const isOver = ({ lot }: Watcher): boolean => Date.parse(lot.view.ends_at) + LAST_MS < Date.now();
      const watcher = this.watchers.find(isOver);
      if (watcher && (await watcher.lot.load()).status === 'ended') {
        await watcher.judge();
        this.#forget(watcher);
      }
      await pause(100);
    }
  }

  #forget(watcher: Watcher): void {
    this.watchers.splice(this.watchers.indexOf(watcher), 1);
    this.resumed += watcher.resumed;
  }

  /** After the last kill: everything ends, and everything is held against what was told. */
  async judge(bidders: Account[]): Promise<void> {
    for (const lot of this.lots) await lot.untilEnded();
    for (const lot of this.lots) await lot.judge();
    for (const watcher of [...this.watchers]) {
      await watcher.judge();
      this.#forget(watcher);
    }
    await judgeOrders(this.world, this.lots, bidders);
    for (const lot of this.lots.slice(0, 5)) assert.equal((await lot.judgeByProgram()).fits, true);
  }
}

type Figures = { kills: number; met: number; lots: number; bids: number; cut: number; resumed: number };

/** One world: so many kills, then everything is judged. */
async function killAndJudge(engine: Engine, kills: number, seed: number): Promise<Figures> {
  const dice = new Dice(seed);
  const lathe = await Lathe.create({ engine, name: 'auctions_kill', settings: lotSettings });
  const world = new World(lathe, dice.next);
  const hall = new Hall(world, dice);
  try {
    await lathe.start();
    const sellers = await Promise.all(Array.from({ length: AUCTIONEERS }, () => register(world, 'seller')));
    const bidders = await people(world, BIDDERS);
    const lives = [...sellers.map((seller) => hall.sell(seller)), ...bidders.map((bidder) => hall.bid(bidder)), hall.dismiss()];
    await Promise.all([hall.kill(kills), ...lives]); // the first that fails ends the test
    await hall.judge(bidders);
    await world.checkData();
    await lathe.stop();
    return { kills: world.kills, met: hall.met, lots: hall.lots.length, bids: hall.acknowledged, cut: world.cut, resumed: hall.resumed };
  } finally {
    hall.isClosing = true;
    await world.end();
    for (const watcher of hall.watchers) watcher.stop();
    await lathe.dispose();
  }
}

function shares(kills: number): number[] {
  const worlds = Math.max(1, Math.ceil(kills / WORLD_KILLS));
  return Array.from({ length: worlds }, (_, i) => Math.floor((kills + i) / worlds));
}

describe('kill -9 in the last seconds of auctions', { skip: serveIsMissing(), concurrency: engines.length }, () => {
  for (const engine of engines) {
    const kills = Math.ceil(KILLS / engines.length);
    test(`${engine}: ${kills} times`, { timeout: 900_000 + kills * 10_000 }, async (t) => {
      const seed = Number(process.env['LATHE_KILL_SEED'] ?? randomInt(1 << 30));
      t.diagnostic(`LATHE_KILL_SEED=${seed}`);
      const sum: Figures = { kills: 0, met: 0, lots: 0, bids: 0, cut: 0, resumed: 0 };
      for (const [i, share] of shares(kills).entries()) {
        const one = await killAndJudge(engine, share, seed + i);
        for (const key of Object.keys(sum) as (keyof Figures)[]) sum[key] += one[key];
      }
      const figures = `${sum.kills} kills met ${sum.met} auctions in their last ten seconds; ${sum.lots} lots, ${sum.bids} bids acknowledged, ${sum.cut} replies cut, ${sum.resumed} times resumed on a socket`;
      t.diagnostic(figures);
      noteFigures(`auctions, ${engine}`, figures);
      assert.ok(sum.met >= kills && sum.bids >= 2 * kills && sum.cut > 0 && sum.resumed > 0, 'the kills met too little');
    });
  }
});
