// SPDX-License-Identifier: AGPL-3.0-or-later
// Connections without end: idle ones by the thousand, clients that send or read as slowly as they can, and no descriptor left. Others are
// served meanwhile, and when it is over nothing is held.
//
// LATHE_IDLE_CONNECTIONS (500) idle ones. Slow clients are Debian's slowhttptest, where LATHE_SLOW_CLIENTS says how many.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { expectStatus } from '../lib/api.ts';
import { Child } from '../lib/child.ts';
import { Lathe, serveIsMissing, type Settings } from '../lib/lathe.ts';
import { newPerson } from '../lib/people.ts';
import { createUpload } from '../lib/sale.ts';
import { expectSound } from '../lib/shop.ts';
import { eventually, inLanes } from '../lib/wait.ts';
import { noteFigures } from './figures.ts';

const IDLE = Number(process.env['LATHE_IDLE_CONNECTIONS'] ?? 500);
const SLOW = Number(process.env['LATHE_SLOW_CLIENTS'] ?? 0);
const SLOW_SECONDS = 20;
const DEAF = 20;

const descriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
const residentKb = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

function open(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}

/** What the kernel holds for each of the server's connections because the client does not take it. */
function heldFor(port: number): number[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/));
  return rows.filter((row) => row[1]?.endsWith(local) && row[3] === '01').map((row) => Number.parseInt(row[4] as string, 16));
}

const served = async (lathe: Lathe): Promise<void> => {
  expectStatus(await lathe.api.get('/specs'), 200);
  assert.equal((await fetch(`${lathe.origin}/readyz`)).status, 200);
};

/** Milliseconds that the slowest of these calls took, one after the other, until it is over. */
async function slowestWhile(lathe: Lathe, goesOn: () => boolean): Promise<{ rounds: number; slowest: number }> {
  let [rounds, slowest] = [0, 0];
  while (goesOn()) {
    const began = performance.now();
    await served(lathe);
    slowest = Math.max(slowest, performance.now() - began);
    rounds += 1;
  }
  return { rounds, slowest };
}

/** How many descriptors the server has when nothing is going on; what others still hold goes away first. */
const atRest = (lathe: Lathe, most: number): Promise<unknown> =>
  eventually('every descriptor is given back', () => descriptors(lathe.pid) <= most || (console.error(`${descriptors(lathe.pid)} of ${most}`), false), { within_ms: 60_000, every_ms: 500 });

function withLathe(name: string, settings: Settings, run: (lathe: Lathe, say: (figures: string) => void) => Promise<void>): void {
  test(name, { timeout: 240_000 }, async (t) => {
    const lathe = await Lathe.start({ name: 'connections', settings });
    t.after(() => lathe.dispose());
    await served(lathe);
    await run(lathe, (figures) => {
      t.diagnostic(figures);
      noteFigures(name, figures);
    });
    await served(lathe);
    await expectSound(lathe);
  });
}

describe('connections without end', { skip: serveIsMissing(), concurrency: 1 }, () => {
  withLathe(`${IDLE} idle connections`, { LATHE_HTTP_HEAD_TIMEOUT: '10m' }, async (lathe, say) => {
    const [rest, before] = [descriptors(lathe.pid), residentKb(lathe.pid)];
    const sockets = (await inLanes(50, Array.from({ length: IDLE }), () => open(lathe.port))).filter((socket) => socket !== undefined);
    try {
      assert.equal(sockets.length, IDLE, 'not all were taken');
      await eventually('the server has them all', () => descriptors(lathe.pid) >= rest + 0.9 * IDLE);
      const bytes = ((residentKb(lathe.pid) - before) * 1024) / IDLE;
      await served(lathe);
      say(`${IDLE} open beside each other, ${bytes.toFixed(0)} bytes of memory each, others served`);
      assert.ok(IDLE < 5_000 || bytes < 2_048, `${bytes} bytes each`);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    await atRest(lathe, rest + 8);
  });

  withLathe('no descriptor left', {}, async (lathe, say) => {
    const person = await newPerson(lathe.api);
    const rest = descriptors(lathe.pid);
    const usual = Number(/^Max open files\s+(\d+)/m.exec(readFileSync(`/proc/${lathe.pid}/limits`, 'utf8'))?.[1]);
    const limit = (most: number): unknown => execFileSync('prlimit', ['--pid', String(lathe.pid), `--nofile=${most}:`]);
    limit(rest + 10);
    const sockets = await inLanes(10, Array.from({ length: 60 }), () => open(lathe.port));
    try {
      await eventually('the later ones are turned away', () => sockets.filter((socket) => socket?.readyState === 'open').length <= 20);
      assert.equal(lathe.exit, undefined, 'it lives');
      const kept = sockets.find((socket) => socket?.readyState === 'open');
      assert.ok(kept, 'nobody was taken');
      const reply = new Promise<string>((resolve) => kept.once('data', (bytes: Buffer) => resolve(bytes.toString())));
      kept.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
      assert.match(await reply, /^HTTP\/1\.1 200 /, 'who is in is served');
    } finally {
      for (const socket of sockets) socket?.destroy();
    }
    limit(usual);
    await eventually('others are served again', () => served(lathe).then(() => true));
    assert.equal((await createUpload(person.api, 'cover', 10)).status, 201);
    await atRest(lathe, rest + 16);
    say('60 connections on 10 descriptors: some taken and served, the others closed at once; all back afterwards');
  });

  // Held by the kernel, replies by the megabyte for each who does not read use up its memory for TCP; then it drops the packets of all.
  withLathe('readers that do not read', {}, async (lathe, say) => {
    const size = (await (await fetch(`${lathe.origin}/openapi.json`)).arrayBuffer()).byteLength;
    const sockets = (await inLanes(DEAF, Array.from({ length: DEAF }), () => open(lathe.port))).filter((socket) => socket !== undefined);
    try {
      for (const socket of sockets) socket.pause().write('GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(40));
      await eventually('replies fill what there is', () => heldFor(lathe.port).filter((held) => held > 0).length >= DEAF);
      let before = -1;
      await eventually('no more is taken', () => {
        const held = heldFor(lathe.port).reduce((all, one) => all + one, 0);
        return held === before || ((before = held), false);
      }, { every_ms: 500 });
      const most = Math.max(...heldFor(lathe.port));
      say(`${sockets.length} connections, each asked for ${((40 * size) / 1_048_576).toFixed(1)} MiB: at most ${(most / 1024).toFixed(0)} KiB of each are in the kernel`);
      assert.ok(most < 512 * 1024, `${most} bytes for one who does not read`);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  const attacks: [name: string, path: string, options: string[]][] = [
    ['heads that never end', '/openapi.json', ['-H', '-i', '5']],
    ['bodies that never end', '/api/v1/auth/login', ['-B', '-t', 'POST', '-f', 'application/json', '-i', '5', '-s', '60000']],
    ['readers that hardly read', '/openapi.json', ['-X', '-w', '10', '-y', '20', '-n', '5', '-z', '8', '-k', '3']],
  ];
  const skip = SLOW === 0 ? 'the long form: make faults' : existsSync('/usr/bin/slowhttptest') ? false : 'slowhttptest is not installed';
  for (const [attack, path, options] of attacks) {
    describe(attack, { skip }, () => {
      withLathe(`${SLOW} ${attack}`, {}, async (lathe, say) => {
        const [rest, before] = [descriptors(lathe.pid), residentKb(lathe.pid)];
        const calm_until = performance.now() + 5_000;
        const calm = await slowestWhile(lathe, () => performance.now() < calm_until);
        const child = new Child('slowhttptest', [...options, '-c', String(SLOW), '-r', '500', '-l', String(SLOW_SECONDS), '-p', '3', '-u', `${lathe.origin}${path}`]);
        let pressed = { rounds: 0, slowest: 0 };
        try {
          await eventually('they are there', () => descriptors(lathe.pid) > rest + SLOW / 4 || child.exit !== undefined);
          pressed = await slowestWhile(lathe, () => child.exit === undefined);
        } finally {
          await child.stop();
        }
        assert.ok(pressed.rounds > 10, `served ${pressed.rounds} times meanwhile: ${child.output.slice(-2_000)}`);
        // The attacker keeps a processor busy by itself.
        assert.ok(pressed.slowest < 20 * calm.slowest + 2_000, `others are held up: ${calm.slowest} → ${pressed.slowest} ms`);
        await atRest(lathe, rest + 16);
        say(`${SLOW} slow clients for ${SLOW_SECONDS} s: others served ${pressed.rounds} times, the slowest in ${calm.slowest.toFixed(0)} → ${pressed.slowest.toFixed(0)} ms; memory +${((residentKb(lathe.pid) - before) / 1024).toFixed(0)} MB; all closed`);
      });
    });
  }
});
