// SPDX-License-Identifier: AGPL-3.0-or-later
// The log on its way: rsyslog with deploy/rsyslog/lathe.conf, which is given what a server wrote. It is kept in a file that the service
// cannot change, and sent to a log server by TLS, if that proves to be the one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { expectStatus } from '../lib/api.ts';
import { Authority, type Certificate } from '../lib/certificates.ts';
import { Child } from '../lib/child.ts';
import { Lathe, serveIsMissing } from '../lib/lathe.ts';
import { root, temporaryFolder } from '../lib/paths.ts';
import { newPerson } from '../lib/people.ts';
import { eventually } from '../lib/wait.ts';

const PROGRAM = '/usr/sbin/rsyslogd';
const isMissing = existsSync(PROGRAM) ? false : "rsyslog is not installed; 'tools/bootstrap test' installs it";
const HOST = 'logs.example.org';
const isRoot = process.getuid?.() === 0;

/** A log server; notes what came through TLS, and how many came at all. */
async function logServer({ key, certificate }: Certificate): Promise<{ port: number; text: () => string; calls: () => number; close: () => Promise<unknown> }> {
  let [text, calls] = ['', 0];
  const sockets = new Set<TLSSocket>();
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (socket) => {
    sockets.add(socket);
    socket.on('data', (bytes: Buffer) => (text += bytes.toString())).on('error', () => {});
  });
  server.on('connection', () => calls++).on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<unknown> => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, text: () => text, calls: () => calls, close };
}

describe('the log on its way', { skip: serveIsMissing() || isMissing }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let authority: Authority;
  let lines: string[];

  before(async () => {
    folder = await temporaryFolder('forwarding');
    authority = new Authority(folder.path);
    const lathe = await Lathe.start({ settings: { LATHE_LOG_FORMAT: 'json', LATHE_LOG_LEVEL: 'info', LATHE_ACCESS_LOG: 'on' } });
    try {
      const person = await newPerson(lathe.api);
      expectStatus(await lathe.api.post('/auth/login', { login: person.username, password: person.password }), 200);
      await eventually('the log-in is in the log', () => /identity.login.accepted/.test(lathe.output));
    } finally {
      await lathe.dispose();
    }
    lines = lathe.output.split('\n').filter((line) => line.startsWith('{'));
    assert.ok(lines.length > 4, lathe.output);
  });
  after(() => folder.remove());

  /** The shipped text with the test's places; each must have been there. */
  function configuration(place: string, port: number): string {
    let text = readFileSync(join(root, 'deploy/rsyslog/lathe.conf'), 'utf8');
    const changes: [string | RegExp, string][] = [
      ['/etc/ssl/certs/ca-certificates.crt', authority.certificate],
      ['/var/log/lathe/lathe.log', `${place}/kept/lathe.log`],
      [`target="${HOST}" port="6514"`, `target="127.0.0.1" port="${port}"`],
      ['action.resumeInterval="10"', 'action.resumeInterval="1"'],
      ...(isRoot ? [] : ([[/(file|dir)(Owner|Group)="\w+"/g, '']] as [RegExp, string][])),
    ];
    for (const [was, is] of changes) {
      assert.ok(typeof was === 'string' ? text.includes(was) : text.search(was) >= 0, `${was} is not in the shipped configuration`);
      text = text.replaceAll(was, is);
    }
    return `global(workDirectory="${place}")\nmodule(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="${place}/socket" RateLimit.Interval="0")\n${text}`;
  }

  /** What a log server with the certificate got, and what was kept. */
  async function forward(certificate: Certificate, isDone: (server: Awaited<ReturnType<typeof logServer>>, kept: string) => boolean): Promise<{ got: string; kept: string; path: string }> {
    const place = await temporaryFolder('rsyslog');
    const server = await logServer(certificate);
    writeFileSync(join(place.path, 'rsyslog.conf'), configuration(place.path, server.port));
    const daemon = new Child(PROGRAM, ['-n', '-f', join(place.path, 'rsyslog.conf'), '-i', join(place.path, 'pid')]);
    const path = join(place.path, 'kept/lathe.log');
    const kept = (): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
    try {
      await eventually('rsyslog listens', () => existsSync(join(place.path, 'socket')));
      const logger = spawn('logger', ['--socket', join(place.path, 'socket'), '--tag', 'lathe', '--size', '16KiB'], { stdio: ['pipe', 'ignore', 'inherit'] });
      logger.stdin.end(`${lines.join('\n')}\n`);
      assert.equal((await once(logger, 'exit'))[0], 0);
      await eventually(`the log has gone its way: ${daemon.output}`, () => isDone(server, kept()));
      if (isRoot) assert.equal(statSync(path).uid, 0);
      assert.equal(statSync(path).mode & 0o777, 0o640);
      assert.equal(statSync(join(place.path, 'kept')).mode & 0o777, 0o750);
      return { got: server.text(), kept: kept(), path };
    } finally {
      await daemon.stop();
      await server.close();
      await place.remove();
    }
  }

  const last = (): string => lines.at(-1) as string;

  test('is kept word for word, and comes to the log server by TLS', async () => {
    const { got, kept } = await forward(authority.sign({ hosts: [HOST] }), (server, file) => server.text().includes(last()) && file.includes(last()));
    assert.deepEqual(kept.split('\n').filter(Boolean), lines);
    for (const line of lines) assert.ok(got.includes(`lathe - - - ${line}`) || got.includes(line), line);
  });

  test('is told to nobody else', async () => {
    const { got, kept } = await forward(authority.sign({ hosts: ['elsewhere.example.org'] }), (server, file) => server.calls() > 1 && file.includes(last()));
    assert.equal(got, '');
    assert.deepEqual(kept.split('\n').filter(Boolean), lines);
  });
});
