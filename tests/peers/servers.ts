// SPDX-License-Identifier: AGPL-3.0-or-later
// Other readers of HTTP/1.1: Node's parser, nginx, haproxy; each says how many requests it found in the same bytes.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Child } from '../lib/child.ts';
import { freePort } from '../lib/ports.ts';
import { eventually } from '../lib/wait.ts';

export type Peer = { name: string; version: string; port: number; stop: () => Promise<unknown> };
/** Requests that were understood, and whether the rest was refused. */
export type Reading = { understood: number; refused: boolean };

/** After so long without a byte there is nothing more to come from a server that waits for the rest of a body: it is told the end. */
const PATIENCE_MS = 6_000;
/** Statuses by which a server says that it cannot or will not read the message; it closes the connection then. */
const REFUSALS = new Set([400, 408, 411, 413, 414, 417, 421, 431, 494, 501, 503, 505]);

export const shown = ({ understood, refused }: Reading): string => `${understood}${refused ? ', then refused' : ''}`;

/** Sends the bytes and reads replies until the server closes, which the last request asks for. */
export function read(port: number, bytes: Buffer): Promise<Reading> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let isEnded = false;
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.setTimeout(PATIENCE_MS, () => {
      if (isEnded) socket.destroy();
      else socket.end();
      isEnded = true;
    });
    socket.on('data', (part) => parts.push(part));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : undefined));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => resolve(count(Buffer.concat(parts).toString('latin1'))));
    socket.write(bytes);
  });
}

function count(text: string): Reading {
  let rest = text;
  let understood = 0;
  while (rest !== '') {
    const head = /^HTTP\/1\.[01] (\d{3})[^]*?\r\n\r\n/.exec(rest);
    if (!head) return { understood, refused: true };
    const status = Number(head[1]);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head[0])?.[1] ?? 0);
    rest = rest.slice(head[0].length + length);
    if (status === 100) continue;
    if (REFUSALS.has(status) && /\r\nconnection: *close/i.test(head[0])) return { understood, refused: true };
    understood++;
  }
  return { understood, refused: false };
}

export async function startNode(): Promise<Peer> {
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.writeHead(200, { 'content-length': 0 }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as { port: number }).port;
  const stop = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return { name: 'node', version: process.version, port, stop };
}

const answers = async (port: number): Promise<boolean> => (await read(port, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'))).understood === 1;

function versionOf(program: string, option: string): string {
  const said = execFileSync('sh', ['-c', `${program} ${option} 2>&1`], { encoding: 'utf8' });
  return /\d+\.\d+\.\d+/.exec(said)?.[0] ?? 'unknown';
}

/** Passes on to itself what it understood, as a proxy does. */
export async function startNginx(folder: string): Promise<Peer | undefined> {
  const program = '/usr/sbin/nginx';
  if (!existsSync(program)) return undefined;
  const [port, back] = [await freePort(), await freePort()];
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(folder, name), { recursive: true });
  const file = join(folder, 'nginx.conf');
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name.replace('client_', '')};`).join(' ');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events {}
http { access_log off; proxy_ignore_client_abort on; ${paths}
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${back}; } }
  server { listen 127.0.0.1:${back}; location / { return 204; } } }
`,
  );
  const child = new Child(program, ['-c', file, '-p', folder, '-e', join(folder, 'error.log')], { cwd: folder, env: process.env, inherit_env: false });
  await eventually('nginx answers', () => answers(port));
  return { name: 'nginx', version: versionOf(program, '-v'), port, stop: () => child.stop('SIGTERM') };
}

export async function startHaproxy(folder: string, back: number): Promise<Peer | undefined> {
  const program = '/usr/sbin/haproxy';
  if (!existsSync(program)) return undefined;
  const port = await freePort();
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 10s
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  server one 127.0.0.1:${back}
`,
  );
  const child = new Child(program, ['-db', '-f', file], { cwd: folder, env: process.env, inherit_env: false });
  await eventually('haproxy answers', () => answers(port));
  return { name: 'haproxy', version: versionOf(program, '-v'), port, stop: () => child.stop('SIGTERM') };
}
