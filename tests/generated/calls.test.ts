// SPDX-License-Identifier: AGPL-3.0-or-later
// Every operation of the published document, called with what the document allows and with what it forbids: never a 5xx, always a
// documented status, type and shape; what is forbidden is refused, what is allowed is not called malformed.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc, { type Arbitrary } from 'fast-check';
import assert from 'node:assert/strict';
import { request as sendHttp, Agent, type IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { expectStatus, type Json } from '../lib/api.ts';
import { lotSettings } from '../lib/auctions.ts';
import { unlimitedChat } from '../lib/budgets.ts';
import { eachEngine, useLathe } from '../lib/lathe.ts';
import { inLanes } from '../lib/wait.ts';
import { BROKEN_SEGMENTS, BROKEN_TEXTS, BROKEN_VALUES, Inputs, ODD_HEADERS } from './inputs.ts';
import { type Role, ROLES, roleFor, World } from './world.ts';

/** How many calls of each operation; `make contract` makes two hundred. */
const CASES = Number(process.env['LATHE_CONTRACT_CASES'] ?? 5);
const SEED = Number(process.env['LATHE_CONTRACT_SEED'] ?? 1);
const LANES = 4;
const PATIENCE_MS = 30_000;
const METHODS = ['get', 'head', 'put', 'patch', 'post', 'delete'];
const SHOWN = 60;

/** Ends sessions or accounts: done by somebody who is replaced afterwards. */
const SPENDS = /^(post_auth_(logout|change_password)|delete_me|delete_me_sessions.*)$/;

/** Budgets of an account are off, so that 429 does not hide everything else. */
const UNLIMITED = {
  ...lotSettings,
  LATHE_ACCESS_LOG: 'off',
  ...unlimitedChat,
  LATHE_CHAT_ROOMS_PER_ACCOUNT: '10000',
};

type Operation = { method: string; path: string; operation: Json; name: string };
type Call = { kind: string; role: Role | undefined; target: string; headers: Record<string, string>; body?: Buffer; sent?: Json; forbidden: boolean; allowed: boolean };
type Answer = { status: number; type: string; text: string };

const agent = new Agent({ keepAlive: true, maxSockets: LANES });

/** As it is: neither the path nor the headers are put right on the way. A stream of events is read as far as its head. */
function send(origin: string, method: string, call: Call, token: string | undefined): Promise<Answer> {
  const url = new URL(origin);
  const headers: Record<string, string> = { host: url.host, ...(token ? { authorization: `Bearer ${token}` } : {}), ...call.headers };
  if (call.body) headers['content-length'] = String(call.body.length);
  return new Promise((resolve, reject) => {
    const options = { host: url.hostname, port: url.port, method, path: call.target, headers, agent, timeout: PATIENCE_MS };
    const sent = sendHttp(options, (response: IncomingMessage) => {
      const answer = { status: response.statusCode ?? 0, type: (response.headers['content-type'] ?? '').split(';')[0] as string };
      if (answer.type === 'text/event-stream') {
        resolve({ ...answer, text: '' });
        response.destroy();
        return;
      }
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ ...answer, text: Buffer.concat(parts).toString('utf8') }));
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('not in time')));
    sent.on('error', reject);
    sent.end(call.body);
  });
}

class Judge {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true, logger: false });
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(contract: Json) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'contract', components: contract.components });
  }

  mismatches(schema: Json, value: Json): string {
    const key = JSON.stringify(schema);
    const validate = this.#compiled.get(key) ?? this.#ajv.compile(JSON.parse(key.replaceAll('"#/components/', '"contract#/components/')));
    this.#compiled.set(key, validate);
    return validate(value) ? '' : this.#ajv.errorsText(validate.errors);
  }

  /** What is wrong with the answer; empty when nothing is. */
  judge(operation: Operation, call: Call, answer: Answer): string {
    if (answer.status >= 500) return `${answer.status} ${answer.text.slice(0, 200)}`;
    const responses = operation.operation.responses;
    const documented = responses[answer.status] ?? (answer.status >= 400 ? responses.default : undefined);
    if (!documented) return `status ${answer.status} is not documented`;
    if (call.forbidden && answer.status < 400) return `${answer.status} for what the document forbids`;
    const shape = this.#shape(operation, documented, answer);
    if (shape) return shape;
    return call.allowed && answer.status >= 400 ? wronglyRefused(answer) : '';
  }

  #shape(operation: Operation, documented: Json, answer: Answer): string {
    if (operation.method === 'HEAD' || answer.status === 304) return answer.text === '' ? '' : 'a body where there is none';
    if (!documented.content) return answer.text === '' ? '' : `a body that is not documented: ${answer.text.slice(0, 100)}`;
    const content = documented.content[answer.type];
    if (!content) return `${answer.status}: the type ${answer.type} is not documented`;
    if (!content.schema) return '';
    const why = this.mismatches(content.schema, JSON.parse(answer.text));
    return why && `${answer.status}: ${why}`;
  }
}

/** How the decoder words what the document states as well. Other violations compare members, or ask what exists: no schema tells that. */
const STATED = /^(is required|must be (at least|at most) -?\d+|must have (at least|at most) \d+ \w+|must be an? \w+)$/;

function wronglyRefused(answer: Answer): string {
  if (answer.type !== 'application/problem+json' || answer.text === '') return '';
  const { code, violations = [] } = JSON.parse(answer.text);
  if (code === 'common.malformed') return `called malformed: ${answer.text.slice(0, 300)}`;
  if (code !== 'common.invalid') return '';
  const own = violations.filter((violation: Json) => STATED.test(violation.message));
  return own.length > 0 ? `refused although the document allows it: ${JSON.stringify(own).slice(0, 300)}` : '';
}

/** The calls of an operation: half of them by the book, the rest with one thing wrong. */
class Caller {
  readonly #inputs: Inputs;
  readonly #world: World;
  readonly #judge: Judge;

  constructor(contract: Json, world: World, judge: Judge) {
    this.#world = world;
    this.#judge = judge;
    this.#inputs = new Inputs(contract, (name) => world.known(name));
  }

  #parameters(operation: Operation, place: string): Json[] {
    return (operation.operation.parameters ?? []).filter((each: Json) => each.in === place);
  }

  #target(operation: Operation): Arbitrary<string> {
    const variables = this.#parameters(operation, 'path');
    const values = variables.map((each) => {
      const known = this.#world.known(each.name, operation.path);
      const made = this.#inputs.valid(each.schema, each.name).map((value) => encodeURIComponent(String(value)));
      return known.length === 0 ? made : fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...known).map(encodeURIComponent) }, { weight: 1, arbitrary: made });
    });
    return fc.tuple(...values).map((texts) => variables.reduce((path, each, i) => path.replace(`{${each.name}}`, texts[i] as string), operation.path));
  }

  #query(operation: Operation): Arbitrary<string> {
    const all = this.#parameters(operation, 'query');
    const model: Record<string, Arbitrary<Json>> = Object.fromEntries(all.map((each) => [each.name, this.#inputs.valid(each.schema, each.name)]));
    const few = fc.subarray(all.filter((each) => !each.required).map((each) => each.name as string), { maxLength: Math.min(4, all.filter((each) => !each.required).length) });
    const required = all.filter((each) => each.required).map((each) => each.name as string);
    return fc.tuple(fc.record(model), few).map(([values, chosen]) => {
      const search = new URLSearchParams();
      for (const name of [...required, ...chosen]) for (const value of [values[name]].flat()) search.append(name, String(value));
      return search.size > 0 ? `?${search}` : '';
    });
  }

  #headers(operation: Operation): Arbitrary<Record<string, string>> {
    const all = this.#parameters(operation, 'header');
    const model: Record<string, Arbitrary<Json>> = Object.fromEntries(all.map((each) => [each.name.toLowerCase(), this.#inputs.valid(each.schema, each.name)]));
    const required = all.filter((each) => each.required).map((each) => each.name.toLowerCase() as string);
    return fc.record(model, { requiredKeys: required }).map((headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(String(value)).toString('latin1')])));
  }

  valid(operation: Operation): Arbitrary<Call> {
    const [type, content] = Object.entries((operation.operation.requestBody?.content ?? {}) as Record<string, Json>)[0] ?? [];
    const schema = content?.schema;
    const body: Arbitrary<Json> = schema ? this.#inputs.valid(schema) : fc.constant(undefined);
    const raw = fc.uint8Array({ maxLength: 10 }).map((bytes) => Buffer.from(bytes));
    return fc.tuple(fc.constantFrom(...roleFor(operation.operation)), this.#target(operation), this.#query(operation), this.#headers(operation), body, raw).map(([role, target, query, headers, sent, bytes]) => {
      const call: Call = { kind: 'by the book', role, target: target + query, headers, forbidden: false, allowed: true };
      if (schema) return { ...call, sent, body: Buffer.from(JSON.stringify(sent)), headers: { 'content-type': type as string, ...headers } };
      return type ? { ...call, body: bytes, headers: { 'content-type': type, ...headers } } : call;
    });
  }

  broken(operation: Operation): Arbitrary<Call> {
    const base = this.valid(operation);
    const schema = operation.operation.requestBody?.content?.['application/json']?.schema;
    const off = (call: Call, kind: string, more: Partial<Call>): Call => ({ ...call, kind, allowed: false, ...more });
    const ways: Arbitrary<Call>[] = [
      fc.tuple(base, ODD_HEADERS).map(([call, headers]) => off(call, 'an odd header', { headers: { ...call.headers, ...headers } })),
      fc.tuple(base, fc.string({ minLength: 1, maxLength: 8 }), BROKEN_VALUES).map(([call, name, value]) => off(call, 'an odd query', { target: `${call.target.split('?')[0]}?${encodeURIComponent(name)}=${value}` })),
      fc.tuple(base, fc.constantFrom(...ROLES, undefined)).map(([call, role]) => off(call, 'somebody else', { role })),
    ];
    const named = this.#parameters(operation, 'query').map((each) => each.name as string);
    if (named.length > 0) {
      ways.push(fc.tuple(base, fc.constantFrom(...named), BROKEN_VALUES).map(([call, name, value]) => off(call, 'a broken query', { target: `${call.target.split('?')[0]}?${name}=${value}&${name}=${value}` })));
    }
    if (operation.path.includes('{')) {
      ways.push(fc.tuple(base, BROKEN_SEGMENTS).map(([call, text]) => off(call, 'a broken path', { target: operation.path.replaceAll(/\{[^}]+\}/g, () => text) })));
    }
    if (schema) {
      const changed = fc.tuple(base, this.#inputs.changed(schema)).map(([call, sent]) => {
        const text = sent === undefined || typeof sent === 'symbol' ? 'null' : JSON.stringify(sent);
        return off(call, 'a changed body', { sent, body: Buffer.from(text), forbidden: this.#judge.mismatches(schema, JSON.parse(text)) !== '' });
      });
      const cut = fc.tuple(base, BROKEN_TEXTS).map(([call, body]) => off(call, 'no JSON', { body, sent: body.toString('latin1').slice(0, 80), forbidden: !isJson(body) }));
      const none = base.map(({ body: _body, ...call }) => off(call, 'no body', {}));
      ways.push(changed, changed, changed, cut, none);
    } else if (operation.method !== 'GET' && operation.method !== 'HEAD') {
      ways.push(fc.tuple(base, fc.uint8Array({ maxLength: 300 })).map(([call, bytes]) => off(call, 'a body that nobody wants', { body: Buffer.from(bytes) })));
    }
    return fc.oneof(...ways);
  }

  calls(operation: Operation, count: number, seed: number): Call[] {
    const valid = Math.ceil(count / 2);
    return [...fc.sample(this.valid(operation), { numRuns: valid, seed }), ...fc.sample(this.broken(operation), { numRuns: count - valid, seed: seed + 1 })];
  }
}

function isJson(bytes: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

function operationsOf(contract: Json): Operation[] {
  return Object.entries(contract.paths as Record<string, Json>)
    .flatMap(([path, item]) => METHODS.filter((method) => item[method]).map((method) => ({ method: method.toUpperCase(), path, operation: item[method], name: `${method.toUpperCase()} ${path}` })))
    .sort((a, b) => METHODS.indexOf(a.method.toLowerCase()) - METHODS.indexOf(b.method.toLowerCase()));
}

eachEngine('calls made from the document', (engine) => {
  const lathe = useLathe({ engine, settings: UNLIMITED });
  let contract: Json;
  let world: World;
  let judge: Judge;
  let caller: Caller;

  before(async () => {
    contract = expectStatus(await lathe().api.root('GET', '/openapi.json'), 200);
    world = await World.create(lathe());
    judge = new Judge(contract);
    caller = new Caller(contract, world, judge);
  });
  after(() => agent.destroy());

  async function callAll(operation: Operation, found: Map<string, string>): Promise<number[]> {
    await world.refresh(operation.path);
    const spends = SPENDS.test(operation.operation.operationId);
    const statuses = await inLanes(spends ? 1 : LANES, caller.calls(operation, CASES, SEED), async (call) => {
      const token = call.role === undefined ? undefined : world.person(call.role).tokens.access_token;
      const answer = await send(lathe().origin, operation.method, call, token).catch((error: Error) => ({ status: 599, type: '', text: `no reply: ${error.message}` }));
      const why = judge.judge(operation, call, answer);
      const shown = `${call.kind}, ${call.role ?? 'nobody'}: ${call.target} ${JSON.stringify(call.headers)} ${JSON.stringify(call.sent)?.slice(0, 600) ?? ''}`;
      const key = `${operation.name}: ${why}`;
      if (why && !found.has(key)) found.set(key, shown);
      if (spends && call.role && answer.status < 400) await world.replace(call.role);
      return answer.status;
    });
    for (const role of ROLES) {
      if ((await world.person(role).api.get('/me')).status !== 200) await world.replace(role);
    }
    return statuses;
  }

  test('never a failure of the server, always what is documented', { timeout: 3_600_000 }, async (t) => {
    const found = new Map<string, string>();
    const never: string[] = [];
    let calls = 0;
    for (const operation of operationsOf(contract)) {
      const statuses = await callAll(operation, found);
      calls += statuses.length;
      if (!statuses.some((status) => status < 400)) never.push(`${operation.name}: ${[...new Set(statuses)].join(' ')}`);
    }
    t.diagnostic(`${calls} calls of ${operationsOf(contract).length} operations, ${never.length} never succeeded`);
    if (CASES >= 100) for (const name of never) t.diagnostic(`never succeeded: ${name}`);
    const shown = [...found].slice(0, SHOWN).map(([why, call]) => `${why}\n      ${call}`);
    assert.equal(found.size, 0, [`${found.size} found:`, ...shown].join('\n  '));
  });
});
