// SPDX-License-Identifier: AGPL-3.0-or-later
// nginx with the configuration that is shipped, on free ports and with a certificate of the test's own, in front of a server.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Certificate } from '../lib/certificates.ts';
import { Child } from '../lib/child.ts';
import { root } from '../lib/paths.ts';
import { freePort } from '../lib/ports.ts';
import { eventually } from '../lib/wait.ts';

const PROGRAM = '/usr/sbin/nginx';
export const SHOP = 'shop.example.org';

/** Why it cannot be asked; false when it can. */
export const nginxIsMissing = (): string | false => (existsSync(PROGRAM) ? false : "nginx is not installed; 'tools/bootstrap test' installs it");

const answers = (port: number): Promise<boolean> => new Promise((resolve) => {
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => (socket.destroy(), resolve(true))).once('error', () => resolve(false));
});

/** The shipped text with ports and paths of the test's instead of the operator's; each must have been there. */
function filledIn(changes: [was: RegExp, is: string][]): string {
  let text = readFileSync(join(root, 'deploy/nginx/lathe.conf'), 'utf8');
  for (const [was, is] of changes) {
    assert.match(text, was, `${was} is not in the shipped configuration`);
    text = text.replaceAll(new RegExp(was, 'g'), is);
  }
  return text;
}

export class Proxy {
  readonly plain: number; // port
  readonly tls: number; // port
  readonly #child: Child;

  private constructor(plain: number, tls: number, child: Child) {
    [this.plain, this.tls, this.#child] = [plain, tls, child];
  }

  static async start(folder: string, lathe: number, { certificate, key }: Certificate): Promise<Proxy> {
    const [plain, tls] = [await freePort(), await freePort()];
    const site = filledIn([
      [/127\.0\.0\.1:8080/, `127.0.0.1:${lathe}`],
      [/listen \[::\].*\n/, ''],
      [/listen 80;/, `listen 127.0.0.1:${plain};`],
      [/listen 443 /, `listen 127.0.0.1:${tls} `],
      [/\/etc\/letsencrypt\/\S+\/fullchain\.pem/, certificate],
      [/\/etc\/letsencrypt\/\S+\/privkey\.pem/, key],
    ]);
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    for (const kind of kinds) mkdirSync(join(folder, kind), { recursive: true });
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr warn;
events {}
http { ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
${site}
}
`);
    const child = new Child(PROGRAM, ['-c', file, '-p', folder, '-e', 'stderr'], { cwd: folder, env: process.env, inherit_env: false });
    await eventually('nginx answers', async () => {
      if (child.exit) throw new Error(child.output);
      return (await answers(tls)) && (await answers(plain));
    });
    return new Proxy(plain, tls, child);
  }

  get output(): string {
    return this.#child.output;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
