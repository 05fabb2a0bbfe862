// SPDX-License-Identifier: AGPL-3.0-or-later
// What Lathe leans on goes away, falls silent and comes back: the mail server, the virus scanner, PostgreSQL. Nobody waits for ever, nothing
// is lost, readiness says what is so.
import assert from 'node:assert/strict';
import { createServer, type Server, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { expectStatus, type Reply } from '../lib/api.ts';
import { Lathe, serveIsMissing } from '../lib/lathe.ts';
import { newPerson, specDraft } from '../lib/people.ts';
import { freePort } from '../lib/ports.ts';
import { PostgresServer } from '../lib/postgres_server.ts';
import { upload, wav } from '../lib/sale.ts';
import { expectSound } from '../lib/shop.ts';
import { eventually } from '../lib/wait.ts';
import { noteFigures } from './figures.ts';

/** Waits for time limits of half a minute: `make faults`. */
const skipsLong = process.env['LATHE_LONG_FAULTS'] === undefined && 'the long form: make faults';

const readiness = async (lathe: Lathe): Promise<number> => {
  const reply = await fetch(`${lathe.origin}/readyz`);
  await reply.arrayBuffer();
  return reply.status;
};

/** Takes connections; what is said to it is answered by `answer`, or never. */
class StandIn {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  met = 0;
  answer: ((said: string, socket: Socket) => void) | undefined;
  greeting = '';

  private constructor() {
    this.#server = createServer((socket) => {
      this.met += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
      if (this.answer) socket.write(this.greeting);
      socket.on('data', (bytes) => this.answer?.(bytes.toString('latin1'), socket));
    });
  }

  static async listen(port: number, greeting: string): Promise<StandIn> {
    const standIn = new StandIn();
    standIn.greeting = greeting;
    await new Promise<void>((resolve, reject) => standIn.#server.once('error', reject).listen(port, '127.0.0.1', resolve));
    return standIn;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

/** As much SMTP as one mail takes; tells when one was taken. */
function takeMails(taken: (mail: string) => void): (said: string, socket: Socket) => void {
  const bodies = new WeakMap<Socket, string>();
  return (said, socket) => {
    const body = bodies.get(socket);
    if (body !== undefined) {
      if (!(body + said).endsWith('\r\n.\r\n')) return void bodies.set(socket, body + said);
      bodies.delete(socket);
      taken(body + said);
      return void socket.write('250 taken\r\n');
    }
    if (/^DATA/i.test(said)) bodies.set(socket, '');
    socket.write(/^DATA/i.test(said) ? '354 go on\r\n' : /^QUIT/i.test(said) ? '221 bye\r\n' : '250 fine\r\n');
  };
}

describe('what is outside goes away', { skip: serveIsMissing(), concurrency: 1 }, () => {
  test('the mail server is gone, then silent, then back', { timeout: 180_000 }, async (t) => {
    const port = await freePort();
    const settings = { LATHE_MAIL_URL: `smtp://127.0.0.1:${port}`, LATHE_MAIL_REQUIRE_TLS: 'false', LATHE_MAIL_TIMEOUT: '1s', LATHE_JOBS_POLL: '50ms' };
    const lathe = await Lathe.start({ name: 'outside-mail', settings });
    let server: StandIn | undefined;
    t.after(async () => {
      server?.close();
      await lathe.dispose();
    });
    const first = await newPerson(lathe.api);
    assert.equal(await readiness(lathe), 200, 'mail can wait');
    server = await StandIn.listen(port, '');
    const second = await newPerson(lathe.api);
    await eventually('somebody tries to send', () => (server?.met ?? 0) > 0, { within_ms: 60_000 });
    expectStatus(await second.api.get('/me'), 200);
    server.close();
    server = await StandIn.listen(port, '220 stand-in\r\n');
    const mails: string[] = [];
    server.answer = takeMails((mail) => mails.push(mail));
    await eventually('both were written to', () => [first, second].every((person) => mails.some((mail) => mail.includes(person.email))), { within_ms: 120_000, every_ms: 200 });
    for (const person of [first, second]) assert.equal(mails.filter((mail) => mail.includes(`To: ${person.email}`) || mail.includes(`<${person.email}>`)).length, 1, 'each once');
    await expectSound(lathe);
    noteFigures('the mail server away', 'two registrations answered at once; their mails came when it was back, once each');
  });

  test('the virus scanner is gone, then silent, then back', { timeout: 240_000, skip: skipsLong }, async (t) => {
    const port = await freePort();
    const lathe = await Lathe.start({ name: 'outside-clamd', settings: { LATHE_CLAMD: `127.0.0.1:${port}`, LATHE_JOBS_POLL: '50ms' } });
    let server: StandIn | undefined;
    t.after(async () => {
      server?.close();
      await lathe.dispose();
    });
    const { api } = await newPerson(lathe.api, 'producer');
    const spec = expectStatus(await api.post('/specs', specDraft()), 201);
    expectStatus(await api.put(`/specs/${spec.id}/assets/master`, { upload_id: await upload(api, 'master', wav(77, 2)) }), 202);
    server = await StandIn.listen(port, '');
    await eventually('the scanner is asked', () => (server?.met ?? 0) > 0, { within_ms: 60_000 });
    const state = async (): Promise<string> => expectStatus(await api.get(`/specs/${spec.id}/processing`), 200).status;
    assert.notEqual(await state(), 'ready', 'what was not scanned is not ready');
    assert.equal((await api.post(`/specs/${spec.id}/publish`)).status, 409);
    server.close();
    server = await StandIn.listen(port, '');
    server.answer = (said, socket) => {
      if (said.endsWith('\0\0\0\0')) socket.end('stream: OK\0'); // the last piece of INSTREAM is empty
    };
    await eventually('it is scanned and processed', async () => (await state()) === 'ready', { within_ms: 120_000, every_ms: 200 });
    await expectSound(lathe);
    noteFigures('the virus scanner away', 'nothing unscanned became ready; processed when it was back');
  });

  test('PostgreSQL is held, killed and started again', { timeout: 240_000, skip: skipsLong }, async (t) => {
    const postgres = await PostgresServer.create();
    const lathe = await Lathe.create({ engine: 'postgresql', database: await postgres.createDatabase(), name: 'outside-postgres', settings: { LATHE_DATABASE_STATEMENT_TIMEOUT: '1s', LATHE_DATABASE_CONNECT_TIMEOUT: '1s' } });
    t.after(async () => {
      postgres.resume();
      await lathe.dispose();
      await postgres.dispose();
    });
    await lathe.start();
    const { api } = await newPerson(lathe.api, 'producer');
    const write = (key: string): Promise<Reply> => api.post('/specs', specDraft({ title: key }), { key });
    const acknowledged: string[] = [];
    const until = async (key: string): Promise<void> => {
      const reply = await eventually(`${key} goes through`, async () => {
        const answer = await write(key);
        return answer.status === 201 && answer;
      }, { within_ms: 60_000, every_ms: 200 });
      acknowledged.push(reply.body.id);
    };
    await until('before');
    postgres.pause();
    const held = await Promise.all(Array.from({ length: 20 }, (_, i) => write(`held-${i}`)));
    for (const reply of held) assert.ok([503, 504].includes(reply.status), `while it is held: ${reply.status} ${reply.text}`);
    assert.equal(await readiness(lathe), 503);
    postgres.resume();
    await eventually('ready again', async () => (await readiness(lathe)) === 200, { within_ms: 60_000 });
    for (const i of held.keys()) await until(`held-${i}`);
    await postgres.kill();
    assert.equal(expectProblemStatus(await write('killed')), 503);
    await eventually('not ready', async () => (await readiness(lathe)) === 503);
    await postgres.start();
    await eventually('ready again', async () => (await readiness(lathe)) === 200, { within_ms: 60_000 });
    await until('killed');
    const mine = expectStatus(await api.get('/me/specs', { query: { limit: 100 } }), 200).items.map((spec: { id: string }) => spec.id);
    assert.deepEqual([...mine].sort(), [...new Set(acknowledged)].sort(), 'each draft is there once');
    await expectSound(lathe);
    noteFigures('PostgreSQL held and killed', `20 writes told to come later while it was held; each of ${acknowledged.length} there once afterwards`);
  });
});

function expectProblemStatus(reply: Reply): number {
  assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
  return reply.status;
}
