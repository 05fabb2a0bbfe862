// SPDX-License-Identifier: AGPL-3.0-or-later
// A session revoked through one loop is refused by every loop at once: 10 000 times, half on each engine.
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { expectStatus } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';

const ROUNDS = 5000;
const WATCHERS = 6; // connections; the kernel spreads them over the loops
const LANES = 8;

const password = 'a long enough password';

/** One keep-alive connection. */
class Line {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  status(method: string, path: string, token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, port: this.#port, host: '127.0.0.1', method, path };
      const call = request({ ...options, headers: { authorization: `Bearer ${token}` } }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      call.on('error', reject);
      call.end();
    });
  }

  close(): void {
    this.#agent.destroy();
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
        const login = await fetch(lathe().api.url('/auth/login'), {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ login: person.username, password }),
        });
        const token = ((await login.json()) as { access_token: string }).access_token;
        const before = await Promise.all(watchers.map((line) => line.status('GET', '/api/v1/me', token)));
        assert.ok(before.every((status) => status === 200), `before: ${before}`);
        assert.equal(await ender.status('DELETE', `/api/v1/me/sessions/${sessionOf(token)}`, keeper), 204);
        const after = await Promise.all(watchers.map((line) => line.status('GET', '/api/v1/me', token)));
        stale += after.filter((status) => status !== 401).length;
      }
      for (const line of [...watchers, ender]) line.close();
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.equal(stale, 0);
  });
});
