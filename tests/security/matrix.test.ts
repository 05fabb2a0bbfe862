// SPDX-License-Identifier: AGPL-3.0-or-later
// Who may do what: every route that the program publishes, called by somebody of every standing, with objects that are somebody's.
// What each may is declared in matrix.txt; a route without a row fails, a row without a route too. What was refused changed nothing.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { expectStatus, type Json } from '../lib/api.ts';
import { lotSettings } from '../lib/auctions.ts';
import { newOfficial } from '../lib/goods.ts';
import { type Engine, engines, Lathe, serveIsMissing, type Settings } from '../lib/lathe.ts';
import { newPerson, type Person } from '../lib/people.ts';
import { inLanes } from '../lib/wait.ts';
import { type Answered, callRoute, ownUpload } from './call.ts';
import { contents, differences, execute } from './contents.ts';
import { publishedFields, readFields, strayMembers } from './fields.ts';
import { type Answer, readTable, type Row } from './table.ts';
import { ACTORS, type Actor, World } from './world.ts';

const isLong = process.env['LATHE_SECURITY'] === 'long';
const chosen: Engine[] = isLong ? engines : ['sqlite'];

const settings: Settings = {
  ...lotSettings,
  LATHE_BUS_POLL: '50ms',
  LATHE_LOG_LEVEL: 'warn',
  LATHE_NOTIFICATION_MAIL_DELAY: '0s',
  ...Object.fromEntries(['MESSAGES_PER_MINUTE', 'REACTIONS_PER_MINUTE', 'JOINS_PER_HOUR', 'CONVERSATIONS_PER_HOUR', 'ROOMS_PER_HOUR', 'REPORTS_PER_HOUR'].map((name) => [`LATHE_CHAT_${name}`, '0'])),
};

/**
 * What does not depend on who reads first, and is there for everybody after: a licence's document, and an auction's room with its seller.
 * And the count of a licensed file's downloads, which each link raises once, whoever has it.
 */
const MADE_BY_READING = /^\+ INSERT INTO "?(public\.)?(license_contract|chat_room|chat_member|download_grant)\b|^[-+] INSERT INTO "?(public\.)?license_file\b/;

type Cell = { row: Row; actor: Actor; isVerified: boolean; expected: Answer };

const REFUSALS = new Set<Answer>(['401', '403', '404']);
const MAY = [400, 409, 410, 412, 422, 503];

function meets(expected: Answer, { status }: Answered): boolean {
  if (expected === 'ok') return status < 400;
  if (expected === 'may') return MAY.includes(status);
  return status === Number(expected);
}

function cellsOf(row: Row): Cell[] {
  return ACTORS.flatMap((actor): Cell[] => {
    const expected = row.answers[actor];
    const verified: Cell = { row, actor, isVerified: true, expected };
    if (actor === 'nobody') return [verified];
    const unverified = REFUSALS.has(expected) ? expected : (row.unverified ?? expected);
    return [verified, { row, actor, isVerified: false, expected: unverified }];
  });
}

/** Names of the objects that stand in its path. */
function objectsOf({ objects }: Row): string[] {
  return Object.entries(objects).filter(([variable, name]) => variable !== 'login' && !name.startsWith('~')).map(([, name]) => name.replace('!', ''));
}

/** As if their addresses had been confirmed, or never had been. */
async function setVerified(lathe: Lathe, world: World, is: boolean): Promise<void> {
  const id = (text: string): string => (lathe.engine === 'sqlite' ? `x'${text.replaceAll('-', '')}'` : `'${text}'`);
  const ids = Object.values(world.people).map((person) => id(person.id));
  await execute(lathe, `update account set is_verified = ${is} where id in (${ids.join()})`);
}

const keyOf = ({ row, actor, isVerified }: Cell): string => `${row.name} ${row.line} ${actor} ${isVerified}`;

/** What ends or removes things comes last, so that the rows before it find them. */
const isLate = (row: Row): boolean =>
  (row.method === 'DELETE' && !row.path.includes('session_id')) || /\/(logout|change-password|takedown|withdraw|void|cancel|leave)$/.test(row.path);

for (const engine of chosen) {
  describe(`who may do what (${engine})`, { skip: serveIsMissing() }, () => {
    const rows = readTable();
    let lathe: Lathe;
    let worlds: { true: World; false: World };
    let contract: Json;
    const made = new Map<string, string>();
    const fields = readFields();
    const judged = new Set<string>(); // members that replies showed
    const shown: string[] = []; // to somebody who may not see them

    /** What the reply shows that is not the caller's to see. */
    const look = ({ row, actor, isVerified }: Cell, { status, text, headers }: Answered): void => {
      if (text === '' || row.name === 'POST /api/v1/auth/login') return; // who logs in has proved to be the customer
      const stray = /\bjson\b/.test(headers.get('content-type') ?? '') ? strayMembers(contract, fields, { row, actor, status, body: JSON.parse(text) }, judged) : [];
      for (const { what, text: mark, sees } of worlds[`${isVerified}`].marks) if (!sees.includes(actor) && mark.test(text)) stray.push(what);
      shown.push(...stray.map((what) => `${row.name} (line ${row.line}) shows ${actor} ${what}`));
    };

    before(async () => {
      lathe = await Lathe.start({ engine, settings });
      contract = expectStatus(await lathe.api.root('GET', '/openapi.json'), 200);
      const [verified, unverified] = await Promise.all([World.create(lathe), World.create(lathe)]);
      worlds = { true: verified, false: unverified };
      await Promise.all([verified, unverified].map(async (world) => {
        await Promise.all([...new Set(rows.flatMap((row) => objectsOf(row)))].map((name) => world.object(name)));
      }));
      for (const world of Object.values(worlds)) for (const person of Object.values(world.people)) await ownUpload(world, person);
      // What a call uses up is made for each that is allowed, before unverified accounts may make nothing any more.
      await inLanes(8, rows.flatMap(cellsOf).filter(({ expected }) => !REFUSALS.has(expected)), async (cell) => {
        for (const [variable, name] of Object.entries(cell.row.objects)) {
          if (name.endsWith('!')) made.set(`${keyOf(cell)} ${variable}`, await worlds[`${cell.isVerified}`].make(name.slice(0, -1)));
        }
      });
      await lathe.stop();
      await setVerified(lathe, verified, true);
      await setVerified(lathe, unverified, false);
      await lathe.start({ LATHE_REQUIRE_VERIFIED_EMAIL: 'true' });
    });
    after(() => lathe.dispose());

    const call = async (cell: Cell, isAllowed: boolean): Promise<Answered> => {
      const { row, actor } = cell;
      const world = worlds[`${cell.isVerified}`];
      const person = actor === 'nobody' ? undefined : world.people[actor];
      const logIn = async (): Promise<Json> => expectStatus(await lathe.api.post('/auth/login', { login: person?.username, password: person?.password }), 200);
      const isOwn = isAllowed && person !== undefined && row.objects['login'] === 'own';
      if (isOwn) person.tokens = await logIn();
      const own = Object.keys(row.objects).map((variable) => [variable, made.get(`${keyOf(cell)} ${variable}`)] as const).filter((pair): pair is [string, string] => pair[1] !== undefined);
      const answered = await callRoute({ contract, world, row, person, token: person?.tokens.access_token, made: Object.fromEntries(own) });
      look(cell, answered);
      if (isOwn) person.tokens = await logIn(); // the call may have ended every session
      return answered;
    };

    const judge = async (cells: Cell[], isAllowed: boolean, lanes: number): Promise<string[]> => {
      const wrong = await inLanes(lanes, cells, async (cell) => {
        const answered = await call(cell, isAllowed);
        if (meets(cell.expected, answered)) return '';
        return `${cell.row.name}: ${cell.actor}${cell.isVerified ? '' : ', unverified'}: ${cell.expected} expected, ${answered.status} ${answered.text.slice(0, 200)}`;
      });
      return wrong.filter(Boolean);
    };

    test('every route has its row, and every row its route', () => {
      const routes = Object.entries(contract.paths as Record<string, Json>).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
      assert.deepEqual([...new Set(rows.map(({ name }) => name))].sort(), routes.sort());
    });

    test('who may not is refused, and what was refused changed nothing', async () => {
      const cells = rows.flatMap(cellsOf).filter(({ expected }) => REFUSALS.has(expected));
      const earlier = await contents(lathe);
      assert.ok(cells.length > 500 && earlier.size > 100, `${cells.length} calls, ${earlier.size} rows`);
      const w = await judge(cells, false, 8);
      assert.equal(differences(earlier, await contents(lathe)).join('\n'), '');assert.equal(w.join('\n'), '');
    });

    test('nothing that is read writes', async () => {
      const cells = rows.flatMap(cellsOf).filter(({ row, expected }) => ['GET', 'HEAD'].includes(row.method) && !REFUSALS.has(expected));
      const earlier = await contents(lathe);
      assert.equal((await judge(cells, false, 8)).join('\n'), '');
      const wrote = differences(earlier, await contents(lathe)).filter((line) => !MADE_BY_READING.test(line));
      assert.equal(wrote.join('\n'), '');
    });

    test('who may is let through', async () => {
      const cells = rows.flatMap(cellsOf).filter(({ expected }) => !REFUSALS.has(expected));
      const wrong = await judge(cells.filter(({ row }) => !isLate(row)), true, 1);
      wrong.push(...(await judge(cells.filter(({ row }) => isLate(row)), true, 1)));
      assert.equal(wrong.join('\n'), '');
    });

    test('an account is ended by its owner, with the password, and by nobody else', async () => {
      const makers: [string, () => Promise<Person>][] = [
        ...(['listener', 'producer', 'seller'] as const).map((role): [string, () => Promise<Person>] => [role, () => newPerson(lathe.api, role)]),
        ...(['moderator', 'admin'] as const).map((role): [string, () => Promise<Person>] => [role, () => newOfficial(lathe, role)]),
      ];
      for (const [role, make] of makers) {
        const [person, other] = [await make(), await make()];
        const { password } = person;
        const api = lathe.api.as(person.tokens.access_token);
        assert.equal((await lathe.api.delete('/me', { body: { password } })).status, 401, role);
        assert.equal((await api.delete('/me', { body: { password: `not ${password}` } })).status, 401, role);
        expectStatus(await api.get('/me'), 200);
        expectStatus(await api.delete('/me', { body: { password } }), 204);
        assert.equal((await api.get('/me')).status, 401, role);
        assert.equal((await lathe.api.post('/auth/login', { login: person.username, password })).status, 401, role);
        expectStatus(await lathe.api.as(other.tokens.access_token).get('/me'), 200);
      }
    });

    test('every member of a reply has its audience, and nobody else was shown it', () => {
      assert.deepEqual([...fields.keys()].sort(), [...publishedFields(contract)].sort());
      assert.equal([...new Set(shown)].join('\n'), '');
      const unseen = [...fields].filter(([field, audience]) => audience !== 'all' && !judged.has(field)).map(([field]) => field);
      assert.ok(judged.size > 450 && unseen.length < 100, `${judged.size} were looked at; not among them: ${unseen.join(' ')}`);
    });
  });
}
