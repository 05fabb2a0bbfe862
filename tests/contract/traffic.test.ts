// SPDX-License-Identifier: AGPL-3.0-or-later
// What the system tests sent and got, compared with the published contract: every reply has the documented status, type and
// shape, every accepted request fits its schema, every route was called, every reason was provoked by some test.
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import type { Json } from '../lib/api.ts';
import { binary, logs, root, testFile } from '../lib/paths.ts';

type Exchange = {
  method: string;
  path: string;
  request?: Json;
  raw_request: boolean;
  status: number;
  type: string | null;
  reply?: Json;
};
type Route = { method: string; path: string; pattern: RegExp; operation: Json };

const printed = (page: string): string => execFileSync(binary, ['reference', page], { encoding: 'utf8', maxBuffer: 64 << 20 });
const contract: Json = JSON.parse(printed('openapi'));
/** What cannot be provoked, with the reason why. Lines may go, never come. */
const tolerated: Record<'routes' | 'reasons', Record<string, string>> = JSON.parse(readFileSync(testFile('contract/unexercised.json'), 'utf8'));
const METHODS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];
const SHOWN = 200;
let exchanges: Exchange[] = [];

const routes: Route[] = Object.entries(contract.paths as Record<string, Json>).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => ({
    method: method.toUpperCase(),
    path,
    pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}$`),
    operation: item[method],
  })),
);

/** Fixed segments win over variables, as in the router. */
function routeOf(exchange: Exchange): Route | undefined {
  const named = (method: string): Route | undefined =>
    routes
      .filter((route) => route.method === method && route.pattern.test(exchange.path))
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length)[0];
  return named(exchange.method) ?? (exchange.method === 'HEAD' ? named('GET') : undefined);
}

/** Objects of a reply have no member that the schema does not name: what is not documented is not sent. */
function closed(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(closed);
  if (schema === null || typeof schema !== 'object') return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, closed(value)]));
  const isOpen = 'additionalProperties' in copy || 'allOf' in copy || 'oneOf' in copy || 'anyOf' in copy;
  return copy['properties'] && copy['type'] === 'object' && !isOpen ? { ...copy, additionalProperties: false } : copy;
}

const strict = { ...contract.components.schemas, ...closed(contract.components.schemas) };
// Reasons may add members of their own to a problem document (RFC 9457, 3.2).
strict.Problem = contract.components.schemas.Problem;
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'contract', components: { schemas: strict } });
const compiled = new Map<string, ValidateFunction>();

function mismatches(schema: Json, value: Json): string {
  const key = JSON.stringify(schema);
  let validate = compiled.get(key);
  if (!validate) {
    validate = ajv.compile(JSON.parse(key.replaceAll('"#/components/', '"contract#/components/')));
    compiled.set(key, validate);
  }
  return validate(value) ? '' : ajv.errorsText(validate.errors);
}

function judgeReply(exchange: Exchange, route: Route): string {
  const documented = route.operation.responses[exchange.status] ?? (exchange.status >= 400 ? route.operation.responses.default : undefined);
  if (!documented) return `status ${exchange.status} is not documented`;
  if (exchange.reply === undefined || exchange.method === 'HEAD') return '';
  const type = (exchange.type ?? '').split(';')[0] as string;
  const content = documented.content?.[type];
  if (!content) return `the type ${type} is not documented for status ${exchange.status}`;
  return content.schema ? mismatches(content.schema, exchange.reply) : '';
}

function judgeRequest(exchange: Exchange, route: Route): string {
  const schema = route.operation.requestBody?.content?.['application/json']?.schema;
  if (exchange.status >= 400 || exchange.request === undefined) return '';
  return schema ? mismatches(schema, exchange.request) : 'a body was accepted that the contract does not name';
}

function report(found: string[]): void {
  const distinct = [...new Set(found)].sort();
  const rest = distinct.length > SHOWN ? [`… and ${distinct.length - SHOWN} more`] : [];
  if (distinct.length > 0) assert.fail([`${distinct.length} found:`, ...distinct.slice(0, SHOWN), ...rest].join('\n  '));
}

/** Fails for what the committed list does not name, and for what it names although it is exercised. */
function reportNew(t: TestContext, kind: keyof typeof tolerated, missing: string[], total: number): void {
  t.diagnostic(`${total - missing.length} of ${total} ${kind} exercised`);
  const named = Object.keys(tolerated[kind]);
  report([
    ...missing.filter((name) => !named.includes(name)).map((name) => `not exercised: ${name}`),
    ...named.filter((name) => !missing.includes(name)).map((name) => `take off unexercised.json: ${name}`),
  ]);
}

function judgeAll(judge: (exchange: Exchange, route: Route) => string): string[] {
  return exchanges.flatMap((exchange) => {
    const route = routeOf(exchange);
    const why = route ? judge(exchange, route) : '';
    return why ? [`${exchange.method} ${route?.path} → ${exchange.status}: ${why}`] : [];
  });
}

function textOf(folder: string, names: RegExp): string {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => names.test(name) && !name.includes('node_modules'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');
}

/** What C code calls a reason, by its name on the wire: rows of the tables of reasons and of error codes. */
function symbolsOfReasons(): Map<string, string> {
  const headers = textOf('src', /\.h$/);
  const rows = [...headers.matchAll(/\bX\((\w+),\s*"([a-z_]+\.[a-z_0-9]+)"/g)].map((row): [string, string] => [row[2] as string, row[1] as string]);
  const codes = [...headers.matchAll(/\bX\(([A-Z_]+), \d{3}, \w+, \w+, "([a-z_]+)"/g)];
  return new Map([...rows, ...codes.map((row): [string, string] => [`common.${row[2]}`, `(?:ERROR_(?:CODE|COMMON)\\(.*\\b|ERROR_)${row[1]}`])]);
}

before(() => {
  const file = join(logs, 'traffic.jsonl');
  assert.ok(existsSync(file), `${file} is not there: the system tests run first`);
  exchanges = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Exchange);
});

test('every reply is as published', () => {
  report(judgeAll(judgeReply));
});

test('every accepted request is as published', () => {
  report(judgeAll(judgeRequest));
});

test('every published route was called', (t) => {
  const called = new Set(exchanges.map(routeOf));
  const missing = routes.filter((route) => !called.has(route)).map((route) => `${route.method} ${route.path}`);
  reportNew(t, 'routes', missing, routes.length);
});

test('every reason is provoked by a test', (t) => {
  const seen = new Set(exchanges.map((exchange) => exchange.reply?.code as unknown));
  const symbols = symbolsOfReasons();
  const text = textOf('src', /_(test\.c|test\.py|try\.c)$/) + textOf('tests', /\.test\.ts$/);
  const table = [...printed('errors').matchAll(/^\| `([a-z_]+\.[a-z_0-9]+)` \|/gm)].map((row) => row[1] as string);
  const reasons = [...new Set(table)];
  assert.ok(reasons.length > 10, 'the table of reasons was not read');
  const isNamed = (name: string): boolean => text.includes(`'${name}'`) || text.includes(`"${name}"`) || new RegExp(`\\b${symbols.get(name)}\\b`).test(text);
  const missing = reasons.filter((name) => !seen.has(name) && !isNamed(name));
  reportNew(t, 'reasons', missing, reasons.length);
});
