// SPDX-License-Identifier: AGPL-3.0-or-later
// A PostgreSQL of a test's own, which it may kill, hold and start again; that of tools/with-postgres serves others too.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { promisify } from 'node:util';
import pg from 'pg';
import { temporaryFolder } from './paths.ts';
import { freePort } from './ports.ts';
import type { Database } from './postgres.ts';
import { eventually } from './wait.ts';

const FOLDERS = ['15', '16', '17'].map((version) => `/usr/lib/postgresql/${version}/bin`);
const SETTINGS = { listen_addresses: '127.0.0.1', max_connections: '100', shared_buffers: '32MB', log_min_messages: 'warning' };

type User = { name: string; uid: number; gid: number };

/** PostgreSQL refuses to run as root; its package's user stands in. */
function unprivileged(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n').map((line) => line.split(':'));
  const found = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  assert.ok(found, 'no unprivileged user to run PostgreSQL as');
  return { name: found[0] as string, uid: Number(found[2]), gid: Number(found[3]) };
}

export class PostgresServer {
  readonly #folder: { path: string; remove: () => Promise<void> };
  readonly #binaries: string;
  readonly #user: User | undefined;
  readonly #password = randomBytes(16).toString('hex');
  #port = 0;

  private constructor(folder: { path: string; remove: () => Promise<void> }, binaries: string) {
    this.#folder = folder;
    this.#binaries = binaries;
    this.#user = unprivileged();
  }

  /** A new, empty one; running, and ended with the file's tests at the latest. */
  static async create(): Promise<PostgresServer> {
    const binaries = FOLDERS.find((path) => existsSync(join(path, 'initdb')));
    assert.ok(binaries, "PostgreSQL is not installed; 'tools/bootstrap test' installs it");
    const server = new PostgresServer(await temporaryFolder('postgres'), binaries);
    after(() => server.#signal('SIGKILL'));
    await server.#init();
    await server.start();
    return server;
  }

  get #data(): string {
    return join(this.#folder.path, 'data');
  }

  #as(program: string, args: string[]): [string, string[]] {
    const path = join(this.#binaries, program);
    return this.#user ? ['setpriv', [`--reuid=${this.#user.name}`, '--clear-groups', '--', path, ...args]] : [path, args];
  }

  async #run(program: string, args: string[]): Promise<void> {
    const [command, rest] = this.#as(program, args);
    await promisify(execFile)(command, rest, { cwd: this.#folder.path });
  }

  async #init(): Promise<void> {
    const password = join(this.#folder.path, 'password');
    writeFileSync(password, this.#password);
    chmodSync(this.#folder.path, 0o755);
    if (this.#user) for (const path of [this.#folder.path, password]) chownSync(path, this.#user.uid, this.#user.gid);
    this.#port = await freePort();
    await this.#run('initdb', ['-D', this.#data, '-U', 'lathe', '-A', 'scram-sha-256', `--pwfile=${password}`, '--encoding=UTF8', '--locale=C.UTF-8']);
  }

  /** Starts it, also on what a killed one left; the port stays the same. */
  async start(): Promise<void> {
    const settings = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`).join(' ');
    const options = `${settings} -p ${this.#port} -c unix_socket_directories=${this.#folder.path}`;
    // pg_ctl leaves the server running, which would hold its output open.
    const [command, args] = this.#as('pg_ctl', ['-D', this.#data, '-w', '-t', '60', '-l', join(this.#folder.path, 'log'), '-o', options, 'start']);
    await eventually('PostgreSQL starts', () => {
      execFileSync(command, args, { cwd: this.#folder.path, stdio: 'ignore' });
      return true;
    }, { within_ms: 90_000, every_ms: 200 });
  }

  /** The postmaster and its children, as far as they live. */
  get #processes(): number[] {
    const file = join(this.#data, 'postmaster.pid');
    if (!existsSync(file)) return [];
    const master = Number(readFileSync(file, 'utf8').split('\n')[0]);
    const parents = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name): [number, number] => {
      try {
        const status = readFileSync(`/proc/${name}/stat`, 'utf8');
        return [Number(name), Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1])];
      } catch {
        return [0, 0]; // ended meanwhile
      }
    });
    const isAlive = existsSync(`/proc/${master}/cwd`);
    return [...(isAlive ? [master] : []), ...parents.filter(([, parent]) => parent === master).map(([pid]) => pid)];
  }

  #signal(signal: NodeJS.Signals): void {
    for (const pid of this.#processes) {
      try {
        process.kill(pid, signal);
      } catch {
        // ended meanwhile
      }
    }
  }

  /** All of its processes, without notice. */
  async kill(): Promise<void> {
    const pids = this.#processes;
    this.#signal('SIGKILL');
    await eventually('PostgreSQL is gone', () => pids.every((pid) => {
      try {
        return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return true;
      }
    }));
  }

  /** Stops answering without closing anything, as a machine does that swaps or lost its network. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  resume(): void {
    this.#signal('SIGCONT');
  }

  async createDatabase(): Promise<Database> {
    const name = `lathe_test_${randomBytes(6).toString('hex')}`;
    const url = (database: string): string => `postgresql://lathe:${this.#password}@127.0.0.1:${this.#port}/${database}`;
    const client = new pg.Client({ connectionString: url('postgres') });
    await client.connect();
    await client.query(`create database ${name}`).finally(() => client.end());
    return { url: url(name), drop: async () => undefined }; // goes with its server
  }

  async dispose(): Promise<void> {
    this.resume();
    await this.kill();
    await this.#folder.remove();
  }
}
