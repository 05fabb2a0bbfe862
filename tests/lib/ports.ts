// SPDX-License-Identifier: AGPL-3.0-or-later
// Free ports below 32768, where the kernel takes none for outgoing connections.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** Free at the time of asking; who starts a server there tries another when it is taken after all. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(12_000, 20_000);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port between 12000 and 20000');
}
