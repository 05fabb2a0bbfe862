// SPDX-License-Identifier: AGPL-3.0-or-later
// A child process whose output is kept, and that never outlives the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after } from 'node:test';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

const LINGERS_MS = 30_000;

function waitedFor(): string {
  const children = [...running].map((child) => `${child.spawnargs.join(' ')} (${child.pid})`);
  return `${process.getActiveResourcesInfo().join(', ')}; beside it ran: ${children.join('; ') || 'nothing'}`;
}

// The runner ends a file that takes too long; what it waited for is then the question.
process.once('SIGTERM', () => {
  console.error(`ended from outside while it waited for ${waitedFor()}`);
  process.exit(143);
});

// A test that failed half way may leave a socket or a server open, and the file would never end.
after(() => {
  setTimeout(() => {
    console.error(`still open after the last test: ${waitedFor()}`);
    process.exit(1);
  }, LINGERS_MS).unref();
});

export type ChildOptions = { cwd?: string; env?: NodeJS.ProcessEnv; inherit_env?: boolean };

export class Child {
  output = '';
  readonly process: ChildProcess;
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;

  constructor(command: string, args: string[], options: ChildOptions = {}) {
    const env = options.inherit_env === false ? options.env : { ...process.env, ...options.env };
    this.process = spawn(command, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.process);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exited = once(this.process, 'close').then(([code, signal]) => {
      running.delete(this.process);
      this.exit = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      return this.exit;
    });
    // A command that cannot be started at all rejects here; who awaits `exited` gets the reason.
    this.exited.catch(() => running.delete(this.process));
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** Sends the signal and waits for the end; kills hard when that takes too long. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', within_ms = 60_000): Promise<Exit> {
    if (this.exit) return this.exit;
    this.process.kill(signal);
    const timer = setTimeout(() => this.process.kill('SIGKILL'), within_ms);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }
}
