// SPDX-License-Identifier: AGPL-3.0-or-later
// The real program: started on a free port with settings by environment, watched, stopped, and judged by how it ends.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, before, describe } from 'node:test';
import { promisify } from 'node:util';
import { Api } from './api.ts';
import { Child, type Exit } from './child.ts';
import { binary, logs, temporaryFolder } from './paths.ts';
import { freePort } from './ports.ts';
import { createDatabase, type Database } from './postgres.ts';
import { eventually } from './wait.ts';

export type Engine = 'sqlite' | 'postgresql';
export const engines: Engine[] = ['sqlite', 'postgresql'];
export type Settings = Record<string, string>;

/** No command of the operator takes as long as that; one that hangs is ended, and its test fails. */
const COMMAND_MS = 240_000;
const LOOK_MS = 60_000;
/** How long to wait for a server that starts, and for one answer of it: a held loop never gives one, a busy machine a late one. */
export type StartOptions = { within_ms?: number; look_ms?: number };

const SANITIZER_REPORT = /==\d+==ERROR: \w+Sanitizer|runtime error: |WARNING: ThreadSanitizer/;
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'LSAN_OPTIONS', 'TSAN_OPTIONS', 'LANG'];

function isPortTaken(output: string): boolean {
  return /address already in use/i.test(output);
}

function passedOn(): NodeJS.ProcessEnv {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

/** Why the program cannot be tested yet; false when it can. */
export function serveIsMissing(): string | false {
  if (!existsSync(binary)) return `${binary} is not built`;
  const help = execFileSync(binary, ['--help'], { encoding: 'utf8' });
  return /\bserve\b/.test(help) ? false : 'the program has no "serve"';
}

export type LatheOptions = {
  engine?: Engine;
  /** On a PostgreSQL of the test's own; otherwise on one of tools/with-postgres. */
  database?: Database;
  settings?: Settings;
  arguments?: string[];
  /** A command that runs the program, with its arguments: the program's come behind. It must not stay in between (exec). */
  under?: string[];
  /** Names the log file; the test file's name by default. */
  name?: string;
};

/** One data directory and database, and the server that runs on it. Survives restarts of the server. */
export class Lathe {
  readonly engine: Engine;
  readonly data: string;
  readonly database: Database | undefined;
  readonly #settings: Settings;
  readonly #arguments: string[];
  readonly #under: string[];
  readonly #log: string;
  readonly #remove: () => Promise<void>;
  #child: Child | undefined;
  #port = 0;
  #output = '';

  private constructor(options: LatheOptions, folder: { path: string; remove: () => Promise<void> }, database?: Database) {
    this.engine = options.engine ?? 'sqlite';
    this.data = folder.path;
    this.database = database;
    this.#settings = options.settings ?? {};
    this.#arguments = options.arguments ?? [];
    this.#under = options.under ?? [];
    const file = basename(process.argv[1] ?? 'test').replace(/\.test\.[jt]s$/, '');
    this.#log = join(logs, `${options.name ?? file}-${this.engine}-${process.pid}.log`);
    this.#remove = folder.remove;
  }

  static async create(options: LatheOptions = {}): Promise<Lathe> {
    const folder = await temporaryFolder('data');
    const database = options.engine === 'postgresql' ? (options.database ?? (await createDatabase())) : undefined;
    return new Lathe(options, folder, database);
  }

  /** Another server on the same PostgreSQL, with a data directory of its own; running. */
  static async beside(other: Lathe, options: LatheOptions = {}): Promise<Lathe> {
    assert.ok(other.database, 'two servers need a PostgreSQL');
    const folder = await temporaryFolder('data');
    const lathe = new Lathe({ ...options, engine: other.engine }, folder, { ...other.database, drop: async () => undefined });
    await lathe.start();
    return lathe;
  }

  static async start(options: LatheOptions = {}): Promise<Lathe> {
    const lathe = await Lathe.create(options);
    await lathe.start();
    return lathe;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
  get port(): number {
    return this.#port;
  }
  get pid(): number {
    return this.#child?.pid ?? 0;
  }
  /** How the running server ended by itself; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#child?.exit;
  }
  get api(): Api {
    return new Api(this.origin);
  }
  /** What all runs on this data wrote so far. */
  get output(): string {
    return this.#output + (this.#child?.output ?? '');
  }

  environment(settings: Settings = {}): NodeJS.ProcessEnv {
    return {
      ...passedOn(),
      LATHE_ENV: 'development',
      LATHE_DATA_DIR: this.data,
      LATHE_LISTEN: `127.0.0.1:${this.#port}`,
      LATHE_PUBLIC_URL: this.origin,
      // Cheap where a test does not say that it is about them.
      LATHE_BCRYPT_COST: '4',
      LATHE_RATE_LIMITS: 'off',
      LATHE_OVERLOAD_DELAY: '0',
      LATHE_LOOPS: '2',
      ...(this.database ? { LATHE_DATABASE_URL: this.database.url } : {}),
      ...this.#settings,
      ...settings,
    };
  }

  /** Starts the server and waits until it says that it is ready; one that does not is ended. */
  async start(settings: Settings = {}, patience: StartOptions = {}): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      this.#port = await freePort();
      const [program = binary, ...rest] = [...this.#under, binary, 'serve', ...this.#arguments];
      this.#child = new Child(program, rest, {
        cwd: this.data,
        env: this.environment(settings),
        inherit_env: false,
      });
      try {
        await this.#untilReady(this.#child, patience);
        return;
      } catch (error) {
        const output = this.#child.output;
        await this.#collect();
        if (attempt < 3 && isPortTaken(output)) continue;
        throw new Error(`Lathe did not start:\n${output}`, { cause: error });
      }
    }
  }

  async #untilReady(child: Child, { within_ms, look_ms = LOOK_MS }: StartOptions): Promise<void> {
    const ready = await eventually('/readyz answers 200', async () => {
      if (child.exit) return 'exited';
      // A loop that is held keeps what it took; the next connection may come to another.
      const response = await fetch(`${this.origin}/readyz`, { signal: AbortSignal.timeout(look_ms) });
      await response.arrayBuffer();
      return response.status === 200 && 'ready';
    }, { within_ms });
    if (ready === 'exited') throw new Error(`it ended with ${JSON.stringify(child.exit)}`);
  }

  /** Runs a sub-command beside, or instead of, the server on the same data. */
  async run(args: string[], settings: Settings = {}): Promise<{ code: number; output: string }> {
    try {
      const done = await promisify(execFile)(binary, args, {
        cwd: this.data,
        env: this.environment(settings),
        maxBuffer: 64 << 20,
        timeout: COMMAND_MS,
      });
      return { code: 0, output: done.stdout + done.stderr };
    } catch (error) {
      const failed = error as { code?: number; stdout?: string; stderr?: string };
      if (typeof failed.code !== 'number') throw error;
      return { code: failed.code, output: (failed.stdout ?? '') + (failed.stderr ?? '') };
    }
  }

  async #collect(): Promise<void> {
    if (this.#child) {
      await this.#child.stop('SIGKILL');
      // A server that is killed hundreds of times has a long log, which is not written anew each time.
      if (this.#output === '') writeFileSync(this.#log, this.#child.output);
      else appendFileSync(this.#log, this.#child.output);
      this.#output += this.#child.output;
      this.#child = undefined;
    }
  }

  /** Asks the server to stop, and checks that it ended well: exit code 0 and no sanitizer report. */
  async stop(): Promise<void> {
    if (!this.#child) return;
    const exit = await this.#child.stop('SIGTERM');
    const output = this.#child.output;
    await this.#collect();
    assert.doesNotMatch(output, SANITIZER_REPORT, `a sanitizer reported something, see ${this.#log}`);
    assert.deepEqual(exit, { code: 0, signal: null }, `Lathe did not end well, see ${this.#log}:\n${output.slice(-4000)}`);
  }

  /** Ends the server without any notice. What it had acknowledged must be there after the next start. */
  async kill(): Promise<Exit | undefined> {
    const exit = await this.#child?.stop('SIGKILL');
    const output = this.#child?.output ?? '';
    await this.#collect();
    assert.doesNotMatch(output, SANITIZER_REPORT, `a sanitizer reported something, see ${this.#log}`);
    return exit;
  }

  async restart(settings: Settings = {}): Promise<void> {
    await this.stop();
    await this.start(settings);
  }

  /** Stops the server and removes its data. */
  async dispose(): Promise<void> {
    try {
      await this.stop();
    } finally {
      await this.#collect();
      await this.database?.drop();
      await this.#remove();
    }
  }
}

/** A server for all tests of the enclosing `describe`; the returned function gives it inside of a test. */
export function useLathe(options: LatheOptions | (() => LatheOptions | Promise<LatheOptions>) = {}): () => Lathe {
  let lathe: Lathe | undefined;
  before(async () => {
    lathe = await Lathe.start(typeof options === 'function' ? await options() : options);
  });
  after(async () => {
    await lathe?.dispose();
  });
  return () => {
    if (!lathe) throw new Error('the server is there inside of tests and hooks only');
    return lathe;
  };
}

/** Declares the same tests once for each engine. LATHE_TEST_ENGINE limits a run to one of them. */
export function eachEngine(name: string, declare: (engine: Engine) => void): void {
  const chosen = engines.filter((engine) => (process.env['LATHE_TEST_ENGINE'] ?? engine) === engine);
  for (const engine of chosen) {
    describe(`${name} (${engine})`, { skip: serveIsMissing() }, () => declare(engine));
  }
}
