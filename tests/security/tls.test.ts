// SPDX-License-Identifier: AGPL-3.0-or-later
// TLS as it is shipped: nginx with deploy/nginx/lathe.conf in front of the program. What it speaks, whom it sends where, and that
// sockets, streams, uploads, cookies and the client's address come through.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as plainRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { connect, type ConnectionOptions } from 'node:tls';
import { expectStatus, type Json } from '../lib/api.ts';
import { bid, lotSettings, newLot } from '../lib/auctions.ts';
import { Authority } from '../lib/certificates.ts';
import { Lathe, serveIsMissing } from '../lib/lathe.ts';
import { temporaryFolder } from '../lib/paths.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { appendUpload, createUpload, uploadIdOf, uploadOffset } from '../lib/sale.ts';
import { Socket } from '../lib/socket.ts';
import { eventually } from '../lib/wait.ts';
import { nginxIsMissing, Proxy, SHOP } from './proxy.ts';

/** Another address than the proxy's, so that the two can be told apart. */
const CLIENT = '127.0.0.2';

type Got = { status: number; headers: IncomingMessage['headers']; text: string };

describe('TLS by the proxy that is shipped', { skip: serveIsMissing() || nginxIsMissing() }, () => {
  let lathe: Lathe;
  let proxy: Proxy;
  let authority: Authority;
  let person: Person;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    folder = await temporaryFolder('tls');
    authority = new Authority(folder.path);
    const settings = { ...lotSettings, LATHE_PUBLIC_URL: `https://${SHOP}`, LATHE_TRUSTED_PROXIES: '127.0.0.1', LATHE_ACCESS_LOG: 'on', LATHE_LOG_FORMAT: 'json' };
    lathe = await Lathe.start({ settings });
    proxy = await Proxy.start(folder.path, lathe.port, authority.sign({ hosts: [SHOP] }));
    person = await newPerson(lathe.api, 'producer');
  });
  after(async () => {
    await proxy?.stop();
    await lathe?.dispose();
    await folder?.remove();
  });

  const overTls = (path: string, options: RequestOptions = {}): RequestOptions & { ca: string; servername: string } =>
    ({ host: '127.0.0.1', port: proxy.tls, localAddress: CLIENT, path, agent: false, ca: authority.pem, servername: SHOP, ...options, headers: { host: SHOP, ...options.headers } });

  const ask = (make: typeof plainRequest, options: RequestOptions, body?: string): Promise<Got> => new Promise((resolve, reject) => {
    const call = make(options, (reply) => {
      let text = '';
      reply.on('data', (part: Buffer) => (text += part.toString()));
      reply.on('end', () => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text }));
    });
    call.on('error', reject).end(body);
  });
  const https = (path: string, options?: RequestOptions, body?: string): Promise<Got> => ask(tlsRequest as typeof plainRequest, overTls(path, options), body);
  const http = (path: string, options: RequestOptions = {}): Promise<Got> => ask(plainRequest, { host: '127.0.0.1', port: proxy.plain, path, agent: false, ...options, headers: { host: SHOP, ...options.headers } });

  /** What came of a handshake: the protocol, or why there was none. */
  const shake = (options: ConnectionOptions): Promise<string> => new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: proxy.tls, servername: SHOP, ca: authority.pem, ...options });
    socket.once('secureConnect', () => (resolve(socket.getProtocol() ?? 'none'), socket.destroy()));
    socket.once('error', (error: NodeJS.ErrnoException) => (resolve(error.code ?? error.message), socket.destroy()));
  });

  test('is 1.2 or 1.3, with keys of the connection’s own; the older and the weaker are refused', async () => {
    assert.equal(await shake({ minVersion: 'TLSv1.3' }), 'TLSv1.3');
    assert.equal(await shake({ maxVersion: 'TLSv1.2' }), 'TLSv1.2');
    for (const version of ['TLSv1', 'TLSv1.1'] as const) {
      const said = await shake({ minVersion: version, maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' });
      assert.equal(said, 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', version);
    }
    for (const ciphers of ['AES128-SHA', 'AES128-GCM-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA384']) {
      const said = await shake({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` });
      assert.match(said, /HANDSHAKE_FAILURE/, ciphers);
    }
  });

  test('plain HTTP sends people on, and refuses programs', async () => {
    for (const path of ['/', '/beats/rain?bpm=90', '/docs']) {
      const { status, headers } = await http(path);
      assert.deepEqual([status, headers.location], [308, `https://${SHOP}${path}`]);
    }
    const foreign = await http('/', { headers: { host: 'elsewhere.example.org' } });
    assert.equal(foreign.headers.location, `https://${SHOP}/`, 'a request cannot name where it is sent');
    const seen = lathe.output.length;
    for (const [method, path] of [['POST', '/api/v1/auth/login'], ['GET', '/api/v1/specs'], ['GET', '/media/files/x'], ['GET', '/ws'], ['GET', '/metrics']] as const) {
      const { status, headers } = await http(path, { method });
      assert.deepEqual([status, headers.location], [403, undefined], `${method} ${path}`);
    }
    assert.doesNotMatch(lathe.output.slice(seen), /auth\/login/, 'it never came to the program');
  });

  test('a browser is told to insist, and keeps its session by HTTPS alone', async () => {
    const body = JSON.stringify({ login: person.username, password: person.password });
    const login = await https('/api/v1/auth/login', { method: 'POST', headers: { 'content-type': 'application/json', 'idempotency-key': 'login-over-tls' } }, body);
    assert.equal(login.status, 200, login.text);
    assert.match(login.headers['strict-transport-security'] ?? '', /^max-age=31536000; includeSubDomains$/);
    const cookies = login.headers['set-cookie'] ?? [];
    assert.deepEqual(cookies.map((each) => each.split('=')[0]).sort(), ['__Host-lathe_csrf', '__Host-lathe_refresh', '__Host-lathe_session']);
    for (const each of cookies) assert.match(each, /; Secure/);
    const cookie = cookies.map((each) => each.split(';')[0]).join('; ');
    assert.equal((await https('/api/v1/me', { headers: { cookie } })).status, 200);
    for (const path of ['/', '/api/v1/specs', '/api/v1/nothing']) assert.ok((await https(path)).headers['strict-transport-security'], path);
  });

  test('the program is told who asks, whatever the client says of itself', async () => {
    const lines = (): Json[] => lathe.output.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Json);
    const forged = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.2', 'x-real-ip': '192.0.2.3' };
    assert.equal((await https('/api/v1/genres?who', { headers: forged })).status, 200);
    const line = await eventually('the request is in the log', () => lines().find(({ event, path }) => event === 'http.request' && path === '/api/v1/genres'));
    assert.equal(line.client, CLIENT);
    assert.equal((await https('/metrics')).status, 403, 'metrics are for this machine');
  });

  test('a socket by wss: bids go in, news come out', async () => {
    const lot = await newLot(person, { ends_in: 600_000 });
    const [anna, bert] = [await newPerson(lathe.api), await newPerson(lathe.api)];
    const tls = { ca: authority.pem, servername: SHOP, localAddress: CLIENT };
    const origin = `https://127.0.0.1:${proxy.tls}`;
    const socket = await Socket.open(origin, { token: anna.tokens.access_token, tls, headers: { host: SHOP, origin: `https://${SHOP}` } });
    try {
      await socket.do('join', { room: `auction:${lot.id}` });
      assert.equal((await socket.do('bid', { auction_id: lot.id, amount: 1000 })).auction.price, 1000);
      expectStatus(await bid(bert, lot.id, 5000), 201);
      await socket.until('the other’s bid', (message) => message.type === 'bid' && message.bidder === 2);
    } finally {
      await socket.close();
    }
  });

  test('a stream of events is not held back', async () => {
    const lot = await newLot(person, { ends_in: 600_000 });
    const bidder = await newPerson(lathe.api);
    const call = tlsRequest(overTls(`/api/v1/auctions/${lot.id}/events`)).end();
    try {
      const [reply] = (await once(call, 'response')) as [IncomingMessage];
      let text = '';
      reply.on('data', (part: Buffer) => (text += part.toString()));
      await eventually('the state', () => /event: snapshot/.test(text));
      expectStatus(await bid(bidder, lot.id, 1000), 201);
      await eventually('the bid', () => /event: bid/.test(text));
    } finally {
      call.destroy();
    }
  });

  test('an upload beyond a proxy’s usual limit arrives as it is sent, and resumes where it broke off', async () => {
    const total = 3 << 20;
    const bytes = Buffer.alloc(total, 7);
    const id = uploadIdOf(await createUpload(person.api, 'image', total));
    const send = (offset: number, length: number): ReturnType<typeof tlsRequest> => tlsRequest(overTls(`/api/v1/uploads/${id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${person.tokens.access_token}`, 'tus-resumable': '1.0.0', 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream', 'content-length': String(length) },
    }));
    const broken = send(0, total);
    broken.on('error', () => {});
    broken.write(bytes.subarray(0, 2 << 20));
    const isWriting = async (): Promise<boolean> => (await appendUpload(person.api, id, 0, new Uint8Array(0))).body?.code === 'media.upload_busy';
    await eventually('the program reads it although the rest is not sent', isWriting);
    broken.destroy();
    await eventually('the program has let go of it', async () => !(await isWriting()));
    const offset = await uploadOffset(person.api, id);
    assert.ok(offset < total);
    const rest = send(offset, total - offset);
    rest.end(bytes.subarray(offset));
    const [reply] = (await once(rest, 'response')) as [IncomingMessage];
    reply.resume();
    assert.equal(reply.statusCode, 204);
    assert.equal(await uploadOffset(person.api, id), total);
  });
});
