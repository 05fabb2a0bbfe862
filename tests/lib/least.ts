// SPDX-License-Identifier: AGPL-3.0-or-later
// The least that a schema of the published contract takes: bodies and queries for calls that are about something else.
import type { Json } from './api.ts';

/** An id that nothing has. */
export const ANY_ID = '01890000-0000-7000-8000-000000000000';

export function leastOf(contract: Json, schema: Json): Json {
  if (schema.$ref) return leastOf(contract, contract.components.schemas[schema.$ref.split('/').at(-1)]);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (schema.enum) return schema.enum[0];
  if (type === 'object') return Object.fromEntries((schema.required ?? []).map((name: string) => [name, leastOf(contract, schema.properties[name])]));
  if (type === 'array') return Array.from({ length: schema.minItems ?? 0 }, () => leastOf(contract, schema.items));
  if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 1, 1);
  if (type === 'boolean') return false;
  if (schema.format === 'uuid') return ANY_ID;
  if (schema.format === 'date-time') return new Date(Date.now() + 3_600_000).toISOString();
  if (schema.format === 'country') return 'DE';
  return 'x'.repeat(schema.minLength ?? 1);
}

/** The query that a route insists on, with values that its schema takes. */
export function requiredQuery(operation: Json): Record<string, string> {
  const names = (operation.parameters ?? []).filter((each: Json) => each.in === 'query' && each.required);
  const value = (schema: Json): string =>
    schema.enum?.[0] ?? (schema.format === 'uuid' ? ANY_ID : schema.type === 'integer' ? `${Math.max(schema.minimum ?? 1, 1)}` : 'x'.repeat(schema.minLength ?? 1));
  return Object.fromEntries(names.map((each: Json) => [each.name, value(each.schema)]));
}
