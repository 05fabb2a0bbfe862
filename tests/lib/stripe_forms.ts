// SPDX-License-Identifier: AGPL-3.0-or-later
// What bodies Stripe takes: our own short statement of the five calls that Lathe makes, and Stripe's published description where
// it is at hand (../shared/data/stripe beside the project, or LATHE_STRIPE_DATA).
import { Ajv, type ValidateFunction } from 'ajv';
import { load } from 'js-yaml';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import qs from 'qs';
import type { Json } from './api.ts';
import { root } from './paths.ts';

const uuid = { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' };
const whole = { type: 'string', pattern: '^[1-9][0-9]*$' };
const object = (required: string[], properties: Json): Json => ({
  type: 'object',
  required,
  properties,
  additionalProperties: false,
});

/** By the path's shape. */
const ours: Record<string, Json> = {
  '/v1/payment_intents': object(['amount', 'currency', 'capture_method', 'metadata'], {
    amount: whole,
    currency: { type: 'string', pattern: '^[a-z]{3}$' },
    capture_method: { const: 'manual' },
    automatic_payment_methods: object(['enabled'], { enabled: { const: 'true' } }),
    metadata: object(['order_id'], { order_id: uuid }),
  }),
  '/v1/payment_intents/{intent}/capture': object([], {}),
  '/v1/payment_intents/{intent}/cancel': object([], {}),
  '/v1/refunds': object(['payment_intent', 'amount', 'metadata'], {
    payment_intent: { type: 'string', pattern: '^pi_' },
    amount: whole,
    metadata: object(['order_id', 'refund_id'], { order_id: uuid, refund_id: uuid }),
  }),
};

const SPEC_FILE = 'spec3-2023-08-16.yaml.gz';
const FIXTURES_FILE = 'fixtures3.json.gz';

function dataFolder(): string | undefined {
  const candidates = [process.env['LATHE_STRIPE_DATA'], join(root, '../shared/data/stripe'), join(root, '../../shared/data/stripe')];
  return candidates.find((folder) => folder !== undefined && existsSync(join(folder, SPEC_FILE)));
}

function compilePublished(): Record<string, ValidateFunction> {
  const folder = dataFolder();
  if (folder === undefined) {
    console.log("# Stripe's published description is not at hand (../shared/data/stripe): bodies meet our own checks only");
    return {};
  }
  const text = gunzipSync(readFileSync(join(folder, SPEC_FILE))).toString();
  // Only the sections of our paths: the whole document takes long to read and longer to compile.
  const paths = Object.keys(ours).map((path) => {
    const from = text.search(new RegExp(`^  '?${path.replace(/[{}]/g, '\\$&')}'?:$`, 'm'));
    const to = text.slice(from + 1).search(/^ {2}\S/m);
    return text.slice(from, from + 1 + to);
  });
  const document = load(`paths:\n${paths.join('')}`) as Json;
  const ajv = new Ajv({ strict: false, coerceTypes: true, validateFormats: false });
  return Object.fromEntries(
    Object.keys(ours).map((path) => {
      const { schema } = document.paths[path].post.requestBody.content['application/x-www-form-urlencoded'];
      return [path, ajv.compile(schema)];
    }),
  );
}

let published: Record<string, ValidateFunction> | undefined;
const own = Object.fromEntries(Object.entries(ours).map(([path, schema]) => [path, new Ajv().compile(schema)]));

/** The form as an object, or why Stripe would refuse it. */
export function readForm(shape: string, body: string): { form: Json; problem?: string } {
  published ??= compilePublished();
  const form = qs.parse(body, { strictDepth: true, depth: 5 }) as Json;
  for (const validate of [own[shape], published[shape]]) {
    if (validate && !validate(structuredClone(form))) {
      return { form, problem: JSON.stringify(validate.errors) };
    }
  }
  return { form };
}

/** A sample of Stripe's for an object, so that replies have the members of real ones; empty where the data is not at hand. */
export function sample(name: string): Json {
  const folder = dataFolder();
  if (folder === undefined) return {};
  const fixtures = JSON.parse(gunzipSync(readFileSync(join(folder, FIXTURES_FILE))).toString()) as Json;
  return fixtures.resources[name];
}
