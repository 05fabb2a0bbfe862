// SPDX-License-Identifier: AGPL-3.0-or-later
// Links that open something for whoever has them: as the program gives them to those that they are for.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectStatus } from '../lib/api.ts';
import { eventually } from '../lib/wait.ts';
import type { World } from './world.ts';

/** The path, with its query, of a link by its name in matrix.txt. */
export const LINKS: Record<string, (world: World) => Promise<string>> = {
  download: async (world) => {
    const { files } = expectStatus(await world.api('owner').get(`/licenses/${await world.object('license')}/downloads`), 200);
    return files[0].url;
  },
  free: async (world) => expectStatus(await world.api('owner').post(`/specs/${await world.object('public')}/download-free`), 200).url,
  playlist: async (world) => expectStatus(await world.api('customer').get(`/specs/${await world.object('public')}/stream`), 200).hls_url,
  preview: async (world) => expectStatus(await world.lathe.api.get(`/specs/${await world.object('public')}/stream`), 200).preview_url,
  segment: async (world) => {
    const stream = expectStatus(await world.api('owner').get(`/specs/${await world.object('public')}/stream`), 200);
    const master = await world.lathe.api.root('GET', stream.hls_url);
    const name = /^([a-z0-9-]+\.m3u8)/m.exec(master.text)?.[1] ?? '';
    const list = await world.lathe.api.root('GET', stream.hls_url.replace('master.m3u8', name));
    return /^(\/media\/\S+\/1\.m4s)$/m.exec(list.text)?.[1] ?? `no segment in ${list.text}`;
  },
  // Mails are files where no mail server is set.
  unsubscribe: async (world) => {
    await world.object('sold');
    const folder = join(world.lathe.data, 'mail');
    const link = await eventually('the owner is told of the sale by mail', () => {
      const mails = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')).map((name) => readFileSync(join(folder, name), 'utf8').replaceAll(/\r?\n[ \t]+/g, ' ')) : [];
      const own = mails.filter((mail) => new RegExp(`^To:.*${world.people.owner.email}`, 'mi').test(mail));
      return own.map((mail) => /^List-Unsubscribe: *<([^>]+)>/im.exec(mail)?.[1]).find((found) => found !== undefined);
    });
    const url = new URL(link);
    return url.pathname + url.search;
  },
};
