// SPDX-License-Identifier: AGPL-3.0-or-later
// The harness itself: its servers answer as the tests rely on.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { EICAR, startClamd } from '../../lib/clamd.ts';
import { startMailSink } from '../../lib/mail.ts';
import { freePort } from '../../lib/ports.ts';
import { createDatabase, query } from '../../lib/postgres.ts';
import { eventually } from '../../lib/wait.ts';

/** Sends the lines one after the other, each after a reply; gives all that came back. */
function talk(port: number, parts: (string | Buffer)[], ends: (received: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = '';
    const rest = [...parts];
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('error', reject);
    socket.on('data', (data) => {
      received += data.toString();
      const next = rest.shift();
      if (next !== undefined) socket.write(next);
      if (ends(received)) socket.end(() => resolve(received));
    });
    if (port && typeof parts[0] !== 'string') socket.write(rest.shift() as Buffer);
  });
}

test('a free port lies below 32768', async () => {
  const port = await freePort();
  assert.ok(port > 1024 && port < 32768);
});

test('a database of its own can be asked and dropped', async () => {
  const database = await createDatabase();
  assert.deepEqual(await query(database, 'select 41 + $1::int as answer', [1]), [{ answer: 42 }]);
  await database.drop();
  await assert.rejects(query(database, 'select 1'), /does not exist/);
});

test('the mail sink keeps what it is sent', async () => {
  const sink = await startMailSink();
  after(() => sink.stop());
  const lines = ['EHLO test\r\n', 'MAIL FROM:<a@example.org>\r\n', 'RCPT TO:<b@example.org>\r\n', 'DATA\r\n',
    'Subject: Gr=?utf-8?q?=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n.\r\n', 'QUIT\r\n'];
  await talk(sink.port, lines, (received) => /^221 /m.test(received));
  const mail = await sink.to('b@example.org');
  assert.equal(mail.text?.trim(), 'Hello');
  assert.equal(mail.from, 'a@example.org');
});

test('clamd finds the test signature and passes a clean file', async () => {
  const clamd = await startClamd();
  after(() => clamd.stop());
  const scan = (text: string): Promise<string> => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(Buffer.byteLength(text));
    return talk(clamd.port, [Buffer.concat([Buffer.from('zINSTREAM\0'), size, Buffer.from(text), Buffer.alloc(4)])],
      (received) => received.includes('\0'));
  };
  assert.match(await scan(`before ${EICAR} after`), /Lathe\.Test\.Eicar.* FOUND/);
  assert.match(await scan('nothing bad'), /OK/);
});

test('waiting tells what it waited for and why it failed', async () => {
  await assert.rejects(
    eventually('the moon', () => { throw new Error('too far'); }, { within_ms: 1 }),
    (error: Error) => /the moon/.test(error.message) && /too far/.test(String((error.cause as Error).message)));
});
