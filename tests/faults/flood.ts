// SPDX-License-Identifier: AGPL-3.0-or-later
// A crowd that asks again as soon as it was answered, whatever the answer: a program of its own, so that who measures beside it is
// not held up. Its arguments are one JSON text; it prints its counts every second and ends when its input does.
import { connect, type Socket } from 'node:net';

export type Request = { method: string; path: string; token?: string; body?: string };
export type Order = { port: number; connections: number; requests: Request[] };
export type Counts = { answers: Record<string, number>; without_retry_after: number; broken: number };

const HEAD_END = '\r\n\r\n';
const counts: Counts = { answers: {}, without_retry_after: 0, broken: 0 };

function bytesOf(port: number, { method, path, token, body = '' }: Request): Buffer {
  const lines = [`${method} /api/v1${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...(token ? [`Authorization: Bearer ${token}`] : [])];
  if (method !== 'GET') lines.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join('\r\n')}${HEAD_END}${body}`);
}

/** Counts a whole reply at the front of the text and gives the rest; undefined while some of it is missing. */
function takeReply(text: string): string | undefined {
  const end = text.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const head = text.slice(0, end).toLowerCase();
  const status = head.slice(9, 12);
  const length = status === '204' || status === '304' ? 0 : Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
  if (text.length < end + HEAD_END.length + length) return undefined;
  counts.answers[status] = (counts.answers[status] ?? 0) + 1;
  if (status === '503' && !/\r\nretry-after: \d+/.test(head)) counts.without_retry_after += 1;
  return text.slice(end + HEAD_END.length + length);
}

function begin(order: Order, number: number): void {
  const texts = order.requests.map((request) => bytesOf(order.port, request));
  let next = number;
  let pending = '';
  const socket: Socket = connect({ port: order.port, host: '127.0.0.1' }).setNoDelay(true).setEncoding('latin1');
  const ask = (): unknown => socket.write(texts[next++ % texts.length] as Buffer);
  socket.on('connect', ask);
  socket.on('data', (text: string) => {
    pending += text;
    const rest = takeReply(pending);
    if (rest === undefined) return;
    pending = rest;
    ask();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    counts.broken += 1;
    setTimeout(() => begin(order, next), 100);
  });
}

if (process.argv[2] !== undefined && process.argv[1]?.includes('flood')) {
  const order = JSON.parse(process.argv[2]) as Order;
  for (let i = 0; i < order.connections; i++) begin(order, i);
  setInterval(() => console.log(JSON.stringify(counts)), 1_000);
}
