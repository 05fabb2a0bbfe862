// SPDX-License-Identifier: AGPL-3.0-or-later
// A child process whose output is kept, and that never outlives the test.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
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
