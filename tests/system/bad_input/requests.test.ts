// SPDX-License-Identifier: AGPL-3.0-or-later
// Every route that takes JSON, as the contract lists them, is given bodies that break its schema in every way the schema has: each
// is refused as a whole, with every fault named, and changes nothing.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { before, describe, test } from 'node:test';
import { type Api, expectProblem, expectStatus, type Json, type Problem, type Reply } from '../../lib/api.ts';
import { serveIsMissing, useLathe } from '../../lib/lathe.ts';
import { type Kept, settled } from '../../lib/leftovers.ts';
import { newPerson } from '../../lib/people.ts';

type Fault = { what: string; body: Json; pointers: string[] };

const ANY_ID = '01890000-0000-7000-8000-000000000000';

function typesOf(schema: Json): string[] {
  return [schema.type ?? []].flat();
}

/** A value of another type than any that the schema takes. */
function wrongValue(schema: Json): Json {
  const types = typesOf(schema);
  if (types.includes('object') || types.length === 0) return 'no object';
  return types.includes('array') ? {} : types.includes('string') ? 17.5 : 'seventeen and a half';
}

/** What is just outside of what a schema takes: a name and a value for each of its limits. */
function outside(schema: Json): [string, Json][] {
  const found: [string, Json][] = [['another type', wrongValue(schema)]];
  if (!typesOf(schema).includes('null')) found.push(['null', null]);
  if (schema.enum) found.push(['no word of the list', 'no such word']);
  else if (schema.maxLength !== undefined) found.push(['over-long', 'x'.repeat(schema.maxLength + 1)]);
  if (schema.minLength > 0 && !schema.enum) found.push(['empty', '']);
  if (schema.format === 'uuid') found.push(['no id', 'not-a-uuid']);
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) found.push(['too large', schema.maximum + 1]);
  if (schema.minimum !== undefined && schema.minimum > Number.MIN_SAFE_INTEGER) found.push(['too small', schema.minimum - 1]);
  if (schema.maxItems !== undefined) found.push(['too many', Array.from({ length: schema.maxItems + 1 }, (_, at) => `${at}`)]);
  if (schema.uniqueItems) found.push(['the same twice', ['same', 'same']]);
  return found;
}

function faultsOf(schema: Json): Fault[] {
  const members = Object.entries(schema.properties as Record<string, Json>);
  const alone = members.flatMap(([name, member]) =>
    outside(member).map(([what, value]): Fault => ({ what: `${name}: ${what}`, body: { [name]: value }, pointers: [`/${name}`] })),
  );
  const required = (schema.required ?? []) as string[];
  const faults = [
    ...alone,
    { what: 'an unknown member', body: { nobody_knows_this: 1 }, pointers: ['/nobody_knows_this'] },
    {
      what: 'every member of another type',
      body: Object.fromEntries(members.map(([name, member]) => [name, wrongValue(member)])),
      pointers: members.map(([name]) => `/${name}`),
    },
  ];
  return required.length === 0 ? faults : [...faults, { what: 'nothing', body: {}, pointers: required.map((name) => `/${name}`) }];
}

function judge(reply: Reply, fault: Fault): string {
  if (reply.status !== 422) return `${fault.what}: ${reply.status} ${reply.text.slice(0, 200)}`;
  const problem = reply.body as Problem;
  const found = (problem.violations ?? []).map((violation) => violation.pointer);
  const missing = fault.pointers.filter((pointer) => !found.some((other) => other === pointer || other.startsWith(`${pointer}/`)));
  return missing.length === 0 ? '' : `${fault.what}: nothing said of ${missing}: ${reply.text.slice(0, 300)}`;
}

/** The status of what the server answers to these bytes. */
function rawStatus(port: number, bytes: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let reply = '';
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    const settle = (): void => {
      socket.destroy();
      resolve(Number(reply.split(' ')[1]));
    };
    socket.setTimeout(20_000, () => reject(new Error('no answer')));
    socket.setEncoding('utf8').on('data', (text: string) => {
      reply += text;
      if (reply.includes('\r\n')) settle();
    });
    socket.once('error', (error) => (reply ? settle() : reject(error))).once('close', settle);
  });
}

/** Routes whose permission only moderators and admins have. */
const FOR_STAFF = /\/moderation\/|\/categories|\/chat\/(reports|words)|\/auctions\/[^/]+\/void$/;

describe('requests that break the contract', { skip: serveIsMissing() }, () => {
  const lathe = useLathe();
  let producer: Api;
  let moderator: Api;
  let contract: Json;
  let before_all: Kept;

  before(async () => {
    producer = (await newPerson(lathe().api, 'producer')).api;
    const created = await lathe().run(['user', 'create', '--role', 'admin', '--email', 'admin@example.org', '--username', 'admin', '--random-password']);
    assert.equal(created.code, 0, created.output);
    const password = /password\W+(\S+)/i.exec(created.output)?.[1];
    const login = expectStatus(await lathe().api.post('/auth/login', { login: 'admin', password }), 200);
    moderator = lathe().api.as(login.access_token);
    contract = expectStatus(await lathe().api.root('GET', '/openapi.json'), 200);
    before_all = await settled(lathe());
  });

  const resolve = (schema: Json): Json => (schema.$ref ? contract.components.schemas[schema.$ref.split('/').at(-1)] : schema);

  function routesWithBody(): [method: string, path: string, schema: Json][] {
    return Object.entries(contract.paths as Record<string, Json>).flatMap(([path, item]) =>
      Object.entries(item as Record<string, Json>).flatMap(([method, operation]): [string, string, Json][] => {
        const schema = operation.requestBody?.content?.['application/json']?.schema;
        return schema?.$ref ? [[method.toUpperCase(), path, resolve(schema)]] : [];
      }),
    );
  }

  function callerOf(path: string): Api {
    return FOR_STAFF.test(path) ? moderator : producer;
  }

  const fill = (path: string): string => path.replace('{slot}', 'master').replaceAll(/\{[^}]+\}/g, ANY_ID);

  test('every fault of a body is named, on every route', async () => {
    const routes = routesWithBody();
    assert.ok(routes.length >= 15, 'the contract lists routes with bodies');
    const wrong: string[] = [];
    for (const [method, path, schema] of routes) {
      const resolved = { ...schema, properties: Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, member]) => [name, resolve(member)])) };
      for (const fault of faultsOf(resolved)) {
        const reply = await callerOf(path).root(method, fill(path), { body: fault.body });
        const why = judge(reply, fault);
        if (why) wrong.push(`${method} ${path}: ${why}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test('malformed JSON is refused with its line and column, on every route', async () => {
    const headers = { 'content-type': 'application/json' };
    for (const [method, path] of routesWithBody()) {
      const reply = await callerOf(path).root(method, fill(path), { raw: '{\n  "a": nope\n}', headers });
      const problem = expectProblem(reply, 400, 'common.malformed_json');
      assert.match(problem.detail ?? '', /line 2.*column 8/, `${method} ${path}`);
    }
  });

  const texts: [string, string][] = [
    ['nested without end', '['.repeat(10_000)],
    ['nested too deep', `{"title":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['cut off', '{"title": "a'],
    ['two documents', '{} {}'],
    ['a name twice', '{"title": "a", "title": "b"}'],
    ['a control character', '{"title": "a\u0001"}'],
    ['half a surrogate', '{"title": "\\ud800"}'],
    ['a number that is none', '{"bpm": 01}'],
    ['an infinite number', '{"bpm": 1e999}'],
    ['words of another language', "{'title': undefined}"],
  ];
  for (const [what, text] of texts) {
    test(`JSON, ${what}, is refused`, async () => {
      const reply = await producer.post('/specs', undefined, { raw: text, headers: { 'content-type': 'application/json' } });
      assert.ok([400, 422].includes(reply.status), `${reply.status} ${reply.text}`);
      assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
    });
  }

  test('bytes that are no UTF-8 are refused', async () => {
    const raw = Buffer.concat([Buffer.from('{"title": "'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    const reply = await producer.post('/specs', undefined, { raw, headers: { 'content-type': 'application/json' } });
    expectProblem(reply, 400, 'common.malformed_json');
  });

  const lines: [what: string, bytes: string, status: number][] = [
    ['an over-long target', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
    ['an over-long header field', `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(40_000)}\r\n\r\n`, 431],
    ['too many header fields', `GET /healthz HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(300)}\r\n`, 431],
    ['an announced body over the limit', 'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n', 413],
    ['a length that is none', 'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n', 400],
    ['two lengths', 'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}', 400],
    ['a folded field', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\n\r\n', 400],
    ['a bare line feed', 'GET /healthz HTTP/1.1\nHost: x\n\n', 400],
    ['no host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['a target with a NUL', 'GET /healthz%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', 400],
    ['a chunk size that is none', 'POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', 400],
  ];
  for (const [what, bytes, status] of lines) {
    test(`${what} is ${status}`, async () => {
      assert.equal(await rawStatus(lathe().port, bytes), status);
    });
  }

  test('queries that break the contract are refused', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'cursor=%00', 'cursor=nonsense', 'no_such_filter=1', 'limit=1&limit=2', 'sort=sideways', `q=${'x'.repeat(2000)}`, 'price_min=-1', 'currency=usd', 'limit=%zz']) {
      const reply = await producer.root('GET', `/api/v1/specs?${query}`);
      assert.ok([400, 422].includes(reply.status), `${query}: ${reply.status} ${reply.text.slice(0, 200)}`);
      assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
    }
  });

  test('nothing of all this is left behind', async () => {
    const left = await settled(lathe());
    assert.deepEqual(left, before_all);
    assert.deepEqual(expectStatus(await producer.get('/me/specs'), 200).items, []);
    assert.deepEqual(expectStatus(await producer.get('/orders'), 200).items, []);
    const { code, output } = await lathe().run(['check']);
    assert.equal(code, 0, output);
  });
});
