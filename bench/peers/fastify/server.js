// SPDX-License-Identifier: AGPL-3.0-or-later
// A peer of Lathe's API reads: Fastify with pg, a worker for each processor, prepared statements, on the tables that Lathe made.
//
//   node server.js PORT URL [CONNECTIONS]
import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import fastify from 'fastify';
import pg from 'pg';

const [port, connectionString, connections = '8'] = process.argv.slice(2);

pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const CARD = `i.id, i.owner_id, i.owner_username, i.owner_name, i.title, i.slug, i.short_code, i.status, i.created_at,
    i.published_at, r.category, r.type, r.bpm_milli, r.musical_key, r.genres, r.tags, r.moods, r.instruments,
    r.free_mp3_enabled, r.currency, coalesce(r.price_min, -1) as price_min, r.stems_asset_id is not null as has_stems,
    r.is_lossless, r.duration_ms, r.waveform, r.plays, r.favorites, r.purchases`;
const SPEC = `select ${CARD}, r.description, r.loudness_lufs, r.true_peak_dbtp, r.master_asset_id is not null as has_master, i.updated_at
from item i join recording r on r.id = i.id
where i.id = $1`;
const OPTIONS = `select id, type, name, price, currency, features, file_types, terms
from license_option where spec_id = $1 and removed_at is null
order by position, id`;
const LIMIT = 20;

const STATUS = ['draft', 'published', 'sold', 'taken_down', 'deleted'];
const CATEGORY = ['beat', 'sample'];
const LICENSE = ['basic', 'premium', 'trackout', 'unlimited', 'exclusive'];
const MOOD = ['moody', 'dark', 'cinematic', 'dreamy', 'aggressive', 'soulful', 'melancholic'];
const INSTRUMENT = ['piano', 'guitar', 'drums', 'synth', 'bass', 'strings', 'brass', '808', 'vocal'];
const TONIC = ['c', 'c_sharp', 'd', 'd_sharp', 'e', 'f', 'f_sharp', 'g', 'g_sharp', 'a', 'a_sharp', 'b'];
const KEY = ['major', 'minor'].flatMap((mode) => TONIC.map((tonic) => `${tonic}_${mode}`));

const words = (table, bits) => table.filter((_, i) => (bits >> i) & 1);
const lines = (text) => (text === '' ? [] : text.split('\n'));
/** Microseconds, which a Date does not have. */
const instant = (us) => `${new Date(Math.floor(us / 1000)).toISOString().slice(0, 23)}${String(us % 1000).padStart(3, '0')}Z`;

function card(r) {
  return {
    id: r.id, title: r.title, slug: r.slug, short_code: r.short_code, status: STATUS[r.status],
    bpm: r.bpm_milli > 0 ? r.bpm_milli / 1000 : null, key: r.musical_key >= 0 ? KEY[r.musical_key] : null,
    duration_ms: r.duration_ms, genres: lines(r.genres), tags: lines(r.tags), cover_url: null,
    producer: { id: r.owner_id, username: r.owner_username, display_name: r.owner_name },
    play_count: r.plays, favorite_count: r.favorites, created_at: instant(r.created_at),
    published_at: r.published_at === null ? null : instant(r.published_at), category: CATEGORY[r.category], type: r.type,
    moods: words(MOOD, r.moods), instruments: words(INSTRUMENT, r.instruments),
    price: r.price_min >= 0 ? { amount: r.price_min, currency: r.currency } : null, free_mp3_enabled: r.free_mp3_enabled,
    has_stems: r.has_stems, is_lossless: r.is_lossless, purchase_count: r.purchases,
  };
}

/** The columns that hold JSON go into the reply as they are. */
const withRaw = (object, raw) =>
  `${JSON.stringify(object).slice(0, -1)}${Object.entries(raw).map(([name, text]) => `,"${name}":${text}`).join('')}}`;

const option = (o) =>
  withRaw({ id: o.id, type: LICENSE[o.type], name: o.name, price: { amount: o.price, currency: o.currency } },
    { features: o.features, file_types: o.file_types, terms: o.terms });

const spec = (r, options) =>
  withRaw({ ...card(r), description: r.description, loudness_lufs: r.loudness_lufs, true_peak_dbtp: r.true_peak_dbtp,
    has_master: r.has_master, updated_at: instant(r.updated_at) },
  { waveform: r.waveform, licenses: `[${options.map(option).join(',')}]` });

/** One text for each set of filters, so that it stays prepared. */
function listOf(query) {
  const facets = [...(query.genre ? [`genre:${query.genre}`] : []), ...(query.category ? [`category:${query.category}`] : [])];
  if (facets.length === 0) facets.push('all');
  const values = [];
  let text = `select f.listed_at, ${CARD} from item_facet f join recording r on r.id = f.item_id join item i on i.id = f.item_id`;
  const add = (part, value) => {
    values.push(value);
    text += part.replace('?', `$${values.length}`);
  };
  add(' where f.facet = ?', facets[0]);
  for (const facet of facets.slice(1)) add(' and exists (select 1 from item_facet g where g.item_id = f.item_id and g.facet = ?)', facet);
  if (query.bpm_min) add(' and f.bpm_milli >= ?', Math.trunc(Number(query.bpm_min) * 1000));
  if (query.bpm_max) add(' and f.bpm_milli <= ?', Math.trunc(Number(query.bpm_max) * 1000));
  add(' order by f.listed_at desc, f.item_id desc limit ?', LIMIT + 1);
  return { text, values, name: `list${facets.length}${query.bpm_min ? 'a' : ''}${query.bpm_max ? 'b' : ''}` };
}

function cursorAfter(row) {
  const cursor = Buffer.alloc(25);
  cursor.writeBigInt64BE(BigInt(row.listed_at), 1);
  Buffer.from(row.id.replaceAll('-', ''), 'hex').copy(cursor, 9);
  return cursor.toString('base64url');
}

async function serve() {
  const pool = new pg.Pool({ connectionString, max: Number(connections), application_name: 'peer' });
  const app = fastify({ logger: false });
  const json = (reply, text) => reply.header('content-type', 'application/json; charset=utf-8').send(text);
  app.get('/healthz', async () => '');
  app.get('/api/v1/specs/:id', async (request, reply) => {
    const values = [request.params.id];
    const [found, options] = await Promise.all([pool.query({ name: 'spec', text: SPEC, values }), pool.query({ name: 'options', text: OPTIONS, values })]);
    return found.rows.length === 0 ? reply.code(404).send() : json(reply, spec(found.rows[0], options.rows));
  });
  app.get('/api/v1/specs', async (request, reply) => {
    const { rows } = await pool.query(listOf(request.query));
    const shown = rows.slice(0, LIMIT).map((row) => withRaw(card(row), { waveform: row.waveform }));
    const next = rows.length > LIMIT ? JSON.stringify(cursorAfter(rows[LIMIT - 1])) : 'null';
    return json(reply, `{"items":[${shown.join(',')}],"next_cursor":${next}}`);
  });
  await app.listen({ port: Number(port), host: '127.0.0.1' });
}

if (cluster.isPrimary) for (let i = 0; i < availableParallelism(); i++) cluster.fork();
else await serve();
