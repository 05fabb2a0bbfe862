// SPDX-License-Identifier: AGPL-3.0-or-later
// The socket as a real client sees it (npm's ws, with compression): who may open it and how, what ends it, what too much costs.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import WebSocket, { type ClientOptions } from 'ws';
import { expectStatus, type Json } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { newPerson } from '../../lib/people.ts';

type Opened = { socket: WebSocket; messages: Json[]; next: () => Promise<Json>; closed: Promise<number> };

function open(origin: string, options: ClientOptions = {}, protocols: string[] = ['lathe.v1']): Promise<Opened> {
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/ws`, protocols, options);
  const messages: Json[] = [];
  const waiting: ((message: Json) => void)[] = [];
  socket.on('message', (data) => {
    const message = JSON.parse(String(data));
    const waiter = waiting.shift();
    if (waiter) waiter(message);
    else messages.push(message);
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const next = (): Promise<Json> =>
    new Promise((resolve, reject) => {
      const message = messages.shift();
      if (message) resolve(message);
      else {
        waiting.push(resolve);
        void closed.then((code) => reject(new Error(`the connection was closed with ${code}`)));
      }
    });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => resolve({ socket, messages, next, closed }));
  });
}

async function ask(opened: Opened, command: Json): Promise<Json> {
  opened.socket.send(JSON.stringify(command));
  return opened.next();
}

async function whoIs(opened: Opened): Promise<string> {
  const answer = await ask(opened, { type: 'join', room: 'me', id: 1 });
  opened.socket.close();
  return answer.type === 'ok' ? String(answer.room).replace('account:', '') : answer.problem.code;
}

/** The reply to a handshake that must be refused. */
function refusal(port: number, headers: Record<string, string>, method = 'GET'): Promise<{ status: number; code: string; headers: Json }> {
  return new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', path: '/ws', method, headers }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, code: text ? JSON.parse(text).code : '', headers: response.headers }));
    });
    call.on('upgrade', () => reject(new Error('the handshake was accepted')));
    call.on('error', reject);
    call.end();
  });
}

const handshake = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' };

eachEngine('socket', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_CORS_ORIGINS: 'https://friend.example', LATHE_LIVE_PATIENCE: '2s' } });

  test('a bearer token opens it, in a field or as a sub-protocol', async () => {
    const person = await newPerson(lathe().api);
    const token = person.tokens.access_token as string;
    const byField = await open(lathe().origin, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(await whoIs(byField), person.id);
    const byProtocol = await open(lathe().origin, {}, ['lathe.v1', `bearer.${token}`]);
    assert.equal(byProtocol.socket.protocol, 'lathe.v1');
    assert.equal(await whoIs(byProtocol), person.id);
  });

  test('a cookie opens it for pages of ours and of friends alone', async () => {
    const person = await newPerson(lathe().api);
    const cookie = `lathe_session=${person.tokens.access_token}`;
    for (const origin of [lathe().origin, 'https://friend.example'])
      assert.equal(await whoIs(await open(lathe().origin, { headers: { cookie }, origin })), person.id);
    for (const origin of ['https://evil.example', 'null', `${lathe().origin}.evil.example`]) {
      const refused = await refusal(lathe().port, { ...handshake, cookie, origin });
      assert.deepEqual([refused.status, refused.code], [403, 'common.origin'], origin);
    }
    assert.equal((await refusal(lathe().port, { ...handshake, cookie })).code, 'common.origin');
  });

  test('without a token it is open to look around', async () => {
    const anonymous = await open(lathe().origin);
    assert.equal(await whoIs(anonymous), 'live.login_needed');
  });

  test('what is no handshake is refused with a reason', async () => {
    const rows: [Record<string, string>, number, string][] = [
      [{}, 400, 'live.not_a_websocket'],
      [{ ...handshake, 'sec-websocket-version': '8' }, 400, 'live.not_a_websocket'],
      [{ ...handshake, 'sec-websocket-key': 'short' }, 400, 'live.not_a_websocket'],
      [{ ...handshake, 'sec-websocket-protocol': 'chat' }, 400, 'live.no_protocol'],
      [{ ...handshake, authorization: 'Bearer nonsense' }, 401, 'identity.token_invalid'],
      [{ ...handshake, 'sec-websocket-protocol': 'lathe.v1, bearer.nonsense' }, 401, 'identity.token_invalid'],
    ];
    for (const [headers, status, code] of rows) {
      const refused = await refusal(lathe().port, headers);
      assert.deepEqual([refused.status, refused.code], [status, code], JSON.stringify(headers));
    }
    const old = await refusal(lathe().port, { ...handshake, 'sec-websocket-version': '8' });
    assert.equal(old.headers['sec-websocket-version'], '13');
  });

  test('commands are answered in order, and refused with a problem document', async () => {
    const opened = await open(lathe().origin);
    opened.socket.send('{"type":"ping","id":"a"}');
    opened.socket.send('{"type":"ping","id":2,"more":1}');
    opened.socket.send('{"type":"join","id":3,"room":"nothing:here"}');
    opened.socket.send('{"type":"leave","id":4,"room":"nothing:here"}');
    opened.socket.send('{"type":"dance","id":5}');
    opened.socket.send('dance');
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await opened.next());
    assert.ok(Math.abs(Date.parse(answers[0].time) - Date.now()) < 60_000);
    assert.deepEqual(
      answers.map((answer) => [answer.type, answer.id, answer.problem?.code, answer.problem?.status]),
      [
        ['ok', 'a', undefined, undefined],
        ['error', 2, 'common.invalid', 422],
        ['error', 3, 'live.no_such_room', 404],
        ['error', 4, 'live.not_joined', 409],
        ['error', 5, 'live.no_such_command', 404],
        ['error', undefined, 'live.bad_message', 400],
      ],
    );
    opened.socket.close();
  });

  test('long messages are compressed both ways, short ones are not', async () => {
    const opened = await open(lathe().origin, { perMessageDeflate: { threshold: 100 } });
    assert.match(opened.socket.extensions, /^permessage-deflate/);
    const members = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`unknown_member_${i}`, i]));
    const answer = await ask(opened, { type: 'ping', id: 1, ...members });
    assert.equal(answer.problem.violations.length, 90);
    assert.equal((await ask(opened, { type: 'ping', id: 2 })).id, 2);
    opened.socket.close();
  });

  test('the session ends, and so does what it had opened', async () => {
    const person = await newPerson(lathe().api);
    const options = { headers: { authorization: `Bearer ${person.tokens.access_token}` } };
    const sockets = await Promise.all(Array.from({ length: 4 }, () => open(lathe().origin, options)));
    const bystander = await open(lathe().origin);
    expectStatus(await person.api.post('/auth/logout'), 204);
    assert.deepEqual(await Promise.all(sockets.map((opened) => opened.closed)), [4001, 4001, 4001, 4001]);
    assert.equal((await ask(bystander, { type: 'ping', id: 1 })).type, 'ok');
    bystander.socket.close();
  });

  test('a message of 100 MB is refused with a code', async () => {
    const opened = await open(lathe().origin, { perMessageDeflate: false });
    opened.socket.on('error', () => {}); // what it could not send any more
    opened.socket.send('x'.repeat(100_000_000));
    assert.equal(await opened.closed, 1009);
  });

  test('a compressed message that grows to 100 MB is refused with a code', async () => {
    const opened = await open(lathe().origin, { perMessageDeflate: { threshold: 0 } });
    opened.socket.send(' '.repeat(100_000_000));
    assert.equal(await opened.closed, 1009);
  });

  test('100 000 frames from one connection end it with a code, and others notice nothing', async () => {
    const flooder = await open(lathe().origin, { perMessageDeflate: false });
    const other = await open(lathe().origin);
    flooder.socket.on('error', () => {});
    for (let i = 0; i < 100_000; i++) flooder.socket.send('{"type":"ping"}');
    for (let i = 0; i < 20; i++) assert.equal((await ask(other, { type: 'ping', id: i })).id, i);
    assert.equal(await flooder.closed, 4029);
    other.socket.close();
  });

  test('who sends and never reads is closed, and costs nothing but that', async () => {
    const deaf = connect(lathe().port, '127.0.0.1');
    deaf.write(`GET /ws HTTP/1.1\r\nHost: a\r\n${Object.entries(handshake).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
    await once(deaf, 'data');
    deaf.pause();
    const text = Buffer.from(`{"type":"${'x'.repeat(100)}"}`);
    const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]);
    deaf.on('error', () => {});
    for (let i = 0; i < 90; i++) deaf.write(frame);
    const other = await open(lathe().origin);
    for (let i = 0; i < 20; i++) assert.equal((await ask(other, { type: 'ping', id: i })).id, i);
    deaf.destroy();
    other.socket.close();
  });
});

eachEngine('a socket and its server', (engine) => {
  const lathe = useLathe({ engine });

  test('a server that shuts down says so', async () => {
    const sockets = await Promise.all(Array.from({ length: 6 }, () => open(lathe().origin)));
    const stopped = lathe().stop();
    assert.deepEqual(await Promise.all(sockets.map((opened) => opened.closed)), Array.from({ length: 6 }, () => 1001));
    await stopped;
  });
});
