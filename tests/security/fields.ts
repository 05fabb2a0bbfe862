// SPDX-License-Identifier: AGPL-3.0-or-later
// Reads fields.txt, and finds in a reply what its caller may not see: members that are others', and marks of what nobody else may know.
import { readFileSync } from 'node:fs';
import { testFile } from '../lib/paths.ts';
import type { Json } from '../lib/api.ts';
import type { Row } from './table.ts';
import type { Actor } from './world.ts';

type Audience = 'all' | 'me' | 'own' | 'staff';
const AUDIENCES = new Set<string>(['all', 'me', 'own', 'staff']);

/** "Schema.member" → who sees it. */
export function readFields(): Map<string, Audience> {
  const lines = readFileSync(testFile('security/fields.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const fields = new Map<string, Audience>();
  for (const line of lines) {
    const [schema = '', audience = '', ...members] = line.trim().split(/\s+/);
    if (!AUDIENCES.has(audience) || members.length === 0) throw new Error(`fields.txt: ${line}`);
    for (const member of members) {
      if (fields.has(`${schema}.${member}`)) throw new Error(`fields.txt: ${schema}.${member} is there twice`);
      fields.set(`${schema}.${member}`, audience as Audience);
    }
  }
  return fields;
}

const nameOf = (schema: Json): string => schema.$ref.split('/').at(-1);

/** "Schema.member" of every object that a reply can hold. */
export function publishedFields(contract: Json): Set<string> {
  const found = new Set<string>();
  const schemas = new Set<string>();
  const walk = (part: Json): void => {
    if (part === null || typeof part !== 'object') return;
    if (typeof part.$ref === 'string') {
      const name = nameOf(part);
      if (schemas.has(name)) return;
      schemas.add(name);
      const schema = contract.components.schemas[name];
      for (const member of Object.keys(schema.properties ?? {})) found.add(`${name}.${member}`);
      walk(schema);
    }
    for (const each of Object.values(part)) walk(each);
  };
  for (const item of Object.values(contract.paths as Record<string, Json>)) {
    for (const operation of Object.values(item as Record<string, Json>)) walk(operation.responses);
  }
  return found;
}

/** What is said where there is nothing to say. */
const isEmpty = (value: Json): boolean => value === undefined || value === null || value === '' || value === false || (Array.isArray(value) && value.length === 0);

export type Look = { row: Row; actor: Actor; status: number; body: Json };

/** Whether the caller is no owner, no party and no staff of what the reply tells. */
function isStranger({ row, actor }: Look): boolean {
  if (['owner', 'moderator', 'admin'].includes(actor)) return false;
  const namesAnObject = Object.entries(row.objects).some(([variable, name]) => variable !== 'login' && !name.startsWith('~'));
  return namesAnObject || (row.method === 'GET' && !['401', '403'].includes(row.answers.nobody));
}

/** Members of the reply that its caller may not see; `seen` gets every member that was judged. */
export function strayMembers(contract: Json, fields: Map<string, Audience>, look: Look, seen: Set<string>): string[] {
  const { row, actor, status, body } = look;
  const stranger = isStranger(look);
  const stray = new Set<string>();
  const isHidden = (audience: Audience): boolean => (audience === 'me' ? actor === 'nobody' : audience !== 'all' && stranger);
  const visit = (schema: Json, value: Json): void => {
    if (!schema || value === null || typeof value !== 'object') return;
    for (const one of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])]) visit(one, value);
    if (Array.isArray(value)) for (const each of value) visit(schema.items, each);
    if (!schema.$ref) return;
    const name = nameOf(schema);
    for (const [member, inner] of Object.entries(contract.components.schemas[name].properties ?? {})) {
      const field = `${name}.${member}`;
      if (value[member] === undefined) continue;
      seen.add(field);
      if (isHidden(fields.get(field) ?? 'staff') && !isEmpty(value[member])) stray.add(field);
      visit(inner, value[member]);
    }
  };
  const replies = contract.paths[row.path][row.method.toLowerCase()].responses;
  const content = Object.values((replies[status] ?? replies.default)?.content ?? {}) as Json[];
  visit(content[0]?.schema, body);
  return [...stray];
}
