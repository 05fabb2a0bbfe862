// SPDX-License-Identifier: AGPL-3.0-or-later
// A session revoked through one loop is refused by every loop at once: 10 000 times, half on each engine.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { expectStatus } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';

const ROUNDS = 5000;
const WATCHERS = 6; // connections; the kernel spreads them over the loops
const LANES = 8;

const password = 'a long enough password';

type Reply = { status: number; body: string };

/** One keep-alive connection, with as little between the test and its bytes as 130 000 requests allow. */
class Line {
  readonly #socket: Socket;
  #received = '';
  #take: (reply: Reply) => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1').setNoDelay().setEncoding('latin1');
    this.#socket.on('data', (text: string) => this.#receive(text));
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  #receive(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(this.#received.slice(0, end))?.[1] ?? 0);
    if (this.#received.length < end + 4 + length) return;
    const reply = { status: Number(this.#received.slice(9, 12)), body: this.#received.slice(end + 4, end + 4 + length) };
    this.#received = '';
    this.#take(reply);
  }

  send(method: string, path: string, headers: string[], body = ''): Promise<Reply> {
    return new Promise((resolve, reject) => {
      [this.#take, this.#fail] = [resolve, reject];
      const head = [`${method} /api/v1${path} HTTP/1.1`, 'host: 127.0.0.1', `content-length: ${body.length}`, ...headers];
      this.#socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
    });
  }

  async status(method: string, path: string, token: string): Promise<number> {
    return (await this.send(method, path, [`authorization: Bearer ${token}`])).status;
  }

  async login(login: string): Promise<string> {
    const reply = await this.send('POST', '/auth/login', ['content-type: application/json'], JSON.stringify({ login, password }));
    return (JSON.parse(reply.body) as { access_token: string }).access_token;
  }

  close(): void {
    this.#socket.removeAllListeners('close').destroy();
  }
}

const sessionOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;

eachEngine('revocation', (engine) => {
  const lathe = useLathe({
    engine,
    settings: { LATHE_BCRYPT_COST: '4', LATHE_RATE_LIMITS: 'off', LATHE_LOOPS: '4', LATHE_ACCESS_LOG: 'off' },
  });

  test(`${ROUNDS} revoked sessions are refused everywhere at once`, async () => {
    const person = { email: 'revoked@example.org', username: 'revoked', password };
    const keeper = expectStatus(await lathe().api.post('/auth/register', person), 201).access_token as string;
    let left = ROUNDS;
    let stale = 0;

    const lane = async (): Promise<void> => {
      const watchers = Array.from({ length: WATCHERS }, () => new Line(lathe().port));
      const ender = new Line(lathe().port);
      while (left > 0) {
        left -= 1;
        const token = await ender.login(person.username);
        const before = await Promise.all(watchers.map((line) => line.status('GET', '/me', token)));
        assert.ok(before.every((status) => status === 200), `before: ${before}`);
        assert.equal(await ender.status('DELETE', `/me/sessions/${sessionOf(token)}`, keeper), 204);
        const after = await Promise.all(watchers.map((line) => line.status('GET', '/me', token)));
        stale += after.filter((status) => status !== 401).length;
      }
      for (const line of [...watchers, ender]) line.close();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.equal(stale, 0);
  });
});
