// SPDX-License-Identifier: AGPL-3.0-or-later
// Inputs made from the schemas of the published document: what it allows, and what it forbids.
import fc, { type Arbitrary } from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { Json } from '../lib/api.ts';

/** What exists in the server, by the names that members and variables have. */
export type Known = (name: string) => string[];

const DEEPEST = 6;
const HOUR = 3_600_000;

const WORDS: Record<string, () => Arbitrary<Json>> = {
  'date-time': () => fc.oneof(fc.integer({ min: 1, max: 48 }).map((hours) => new Date(Date.now() + hours * HOUR).toISOString()), fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }).map((date) => date.toISOString())),
  email: () => fc.integer({ min: 1, max: 1e9 }).map((number) => `somebody${number}@example.org`),
  username: () => fc.integer({ min: 1, max: 1e9 }).map((number) => `name${number}`),
  password: () => fc.constantFrom('a long enough password', 'another long password'),
  slug: () => fc.integer({ min: 1, max: 1e9 }).map((number) => `slug-${number}`),
  currency: () => fc.constantFrom('USD', 'EUR', 'JPY', 'GBP'),
  country: () => fc.constantFrom('DE', 'FR', 'US', 'JP'),
  phone: () => fc.constantFrom('+49 30 123456', '+1 202 555 0100'),
  uri: () => fc.constantFrom('https://example.org/', 'https://example.org/a?b=c'),
  link: () => fc.constantFrom('https://example.org/', 'https://example.org/a?b=c'),
  'https-uri': () => fc.constantFrom('https://example.org/', 'https://example.org/a?b=c'),
};

/** Letters of several scripts, marks, emoji; no control characters, no white space at the ends. */
function text(schema: Json): Arbitrary<string> {
  const min = schema.minLength ?? 0;
  const max = Math.min(schema.maxLength ?? 40, Math.max(min, 40));
  const letter = fc.constantFrom(...'abcxyzABC0189-_.äßéñŁжд中日あ🎹🎧');
  return fc.array(letter, { minLength: min, maxLength: max }).map((letters) => letters.join(''));
}

export class Inputs {
  readonly #contract: Json;
  readonly #known: Known;

  constructor(contract: Json, known: Known) {
    this.#contract = contract;
    this.#known = known;
  }

  resolve(schema: Json): Json {
    return schema?.$ref ? this.resolve(this.#contract.components.schemas[schema.$ref.split('/').at(-1)]) : schema;
  }

  /** What the schema allows. Ids are mostly of things that exist. */
  valid(given: Json, name = '', depth = 0): Arbitrary<Json> {
    const schema = this.resolve(given) ?? {};
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const types: string[] = [schema.type ?? 'object'].flat();
    const kinds = types.filter((type) => type !== 'null').map((type) => this.#ofType(type, schema, name, depth));
    const value = kinds.length === 1 ? (kinds[0] as Arbitrary<Json>) : fc.oneof(...kinds);
    return types.includes('null') ? fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(null) }) : value;
  }

  #ofType(type: string, schema: Json, name: string, depth: number): Arbitrary<Json> {
    switch (type) {
      case 'boolean':
        return fc.boolean();
      case 'integer': {
        const [min, max] = [schema.minimum ?? 0, Math.min(schema.maximum ?? 1e9, Number.MAX_SAFE_INTEGER)];
        return fc.oneof(fc.integer({ min, max: Math.min(max, min + 5_000) }), fc.constantFrom(min, max), fc.integer({ min, max }));
      }
      case 'number': {
        const [min, max] = [schema.minimum ?? 0, schema.maximum ?? 1e6];
        return fc.oneof(fc.integer({ min: Math.ceil(min), max: Math.floor(max) }), fc.constantFrom(min, max), fc.double({ min, max, noNaN: true }));
      }
      case 'array':
        return this.#array(schema, name, depth);
      case 'string':
        return this.#string(schema, name);
      default:
        return this.#object(schema, depth);
    }
  }

  #string(schema: Json, name: string): Arbitrary<Json> {
    const known = this.#known(name);
    if (schema.format === 'uuid') {
      const any = fc.constantFrom(...(known.length > 0 ? known : this.#known('id')));
      return fc.oneof({ weight: 8, arbitrary: any }, { weight: 1, arbitrary: fc.constant(randomUUID()) });
    }
    const named = WORDS[schema.format ?? ''];
    const made = named ? named() : schema.pattern ? fc.stringMatching(new RegExp(schema.pattern)) : text(schema);
    return known.length > 0 ? fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...known) }, { weight: 1, arbitrary: made }) : made;
  }

  #array(schema: Json, name: string, depth: number): Arbitrary<Json> {
    const minLength = schema.minItems ?? 0;
    const limits = { minLength, maxLength: Math.min(schema.maxItems ?? 3, Math.max(minLength, 3)) };
    const item = this.valid(schema.items ?? {}, name.replace(/s$/, ''), depth + 1);
    return schema.uniqueItems ? fc.uniqueArray(item, { ...limits, selector: (each) => JSON.stringify(each) }) : fc.array(item, limits);
  }

  #object(schema: Json, depth: number): Arbitrary<Json> {
    const required: string[] = schema.required ?? [];
    const members = Object.entries((schema.properties ?? {}) as Record<string, Json>).filter(([name]) => depth < DEEPEST || required.includes(name));
    const model = Object.fromEntries(members.map(([name, member]) => [name, this.valid(member, name, depth + 1)]));
    return fc.record(model, { requiredKeys: required.filter((name) => name in model) });
  }

  /** A body one step away from what the schema allows; the caller asks a validator whether it is forbidden. */
  changed(schema: Json): Arbitrary<Json> {
    return fc.tuple(this.valid(schema), fc.nat(), WRONG).map(([body, at, wrong]) => {
      const places = placesOf(body);
      const place = places[at % places.length];
      if (!place) return wrong;
      const copy = structuredClone(body);
      const [parent, key] = [place.slice(0, -1).reduce((value, step) => value[step], copy), place.at(-1) as string];
      if (wrong === LEFT_OUT) delete parent[key];
      else parent[key] = wrong;
      return copy;
    });
  }
}

const LEFT_OUT = Symbol('left out') as Json;

/** What is wrong nearly everywhere. */
const WRONG: Arbitrary<Json> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(LEFT_OUT) },
  { weight: 3, arbitrary: fc.constantFrom<Json>(null, true, 0, -1, 1.5, 1e300, -1e300, 2 ** 53, '', ' ', [], {}, [[]], [null], { a: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom('\u0000', '\u202e', '\uffff', "' or 1=1 --", '../../etc/passwd', '%00', '\n', '${7*7}', '<script>') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000 }).map((length) => 'x'.repeat(length)) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) as Arbitrary<Json> },
);

/** Every member and element of a value, by its steps from the top. */
function placesOf(value: Json, path: string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [];
  return Object.keys(value).flatMap((key) => [[...path, key], ...placesOf(value[key], [...path, key])]);
}

/** Texts that are no JSON, or JSON that a careful reader refuses. */
export const BROKEN_TEXTS: Arbitrary<Buffer> = fc.oneof(
  fc.constantFrom('', '{', '}', '[', 'nul', '{"a":1,"a":2}', '{"a":01}', '{"a":1}x', '"\\ud800"', '{"a":"\\u0000"}', '\u{feff}{}', '['.repeat(5_000), `{"a":${'9'.repeat(400)}}`, "{'a':1}", '{"a":NaN}').map((each) => Buffer.from(each)),
  fc.constant(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
);

/** Percent-encoded pieces of a path that name nothing. */
export const BROKEN_SEGMENTS: Arbitrary<string> = fc.oneof(
  fc.constantFrom('%00', '%ff%fe', '%2e%2e', '%2e%2e%2fetc', '%', '%zz', '-1', '0', ' '.replace(' ', '%20'), 'null', 'x'.repeat(300), '00000000-0000-0000-0000-000000000000', '%F0%9F%8E%B9', '..%5c'),
  fc.string({ maxLength: 40, minLength: 1 }).map(encodeURIComponent),
);

export const BROKEN_VALUES: Arbitrary<string> = fc.oneof(
  fc.constantFrom('', '-1', '0', '999999999999999999999', '1e9', 'NaN', 'true', '%00', '%ff', 'x'.repeat(5_000), "'", '*', '[]', 'null', '2026-13-45'),
  fc.string({ maxLength: 60 }).map(encodeURIComponent),
);

export const ODD_HEADERS: Arbitrary<Record<string, string>> = fc.constantFrom<Record<string, string>[]>(
  { 'idempotency-key': '' },
  { 'idempotency-key': 'k'.repeat(300) },
  { 'if-match': '"nothing"' },
  { 'if-match': 'W/"' },
  { 'if-none-match': '*' },
  { 'if-modified-since': 'yesterday' },
  { range: 'bytes=5-2' },
  { range: 'bytes=0-0,-1,99999999999999999999-' },
  { accept: 'text/html;q=0' },
  { 'accept-encoding': 'br;q=2, *;q=0' },
  { 'accept-language': 'x'.repeat(2_000) },
  { authorization: 'Bearer' },
  { authorization: 'Bearer a.b.c' },
  { authorization: 'Basic YTpi' },
  { cookie: 'lathe_session=;;;=' },
  { cookie: `lathe_session=${'a'.repeat(3_000)}` },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'text/plain' },
  { 'content-type': '/' },
  { 'content-encoding': 'gzip' },
  { 'x-request-id': ' \t' },
  { traceparent: '00-0-0-0' },
  { expect: '200-maybe' },
  { origin: 'https://elsewhere.example' },
  { 'tus-resumable': '0.2.2' },
  { 'upload-offset': '-1' },
  { 'upload-length': '99999999999999999999' },
  { 'last-event-id': '-1' },
);
