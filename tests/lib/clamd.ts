// SPDX-License-Identifier: AGPL-3.0-or-later
// A real clamd that knows one signature of our own: the EICAR test file, anywhere in a file or an archive.
import { writeFileSync, mkdirSync, chmodSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Child } from './child.ts';
import { temporaryFolder } from './paths.ts';
import { freePort } from './ports.ts';
import { eventually } from './wait.ts';

// Put together here, so that no scanner takes this file for the real thing.
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-', 'ANTIVIRUS-TEST-FILE!$H+H*'].join('');

export type Clamd = { port: number; /** 127.0.0.1:PORT */ address: string; stop: () => Promise<void> };

function ping(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('zPING\0'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('PONG'));
    });
    socket.once('error', reject);
  });
}

export async function startClamd(): Promise<Clamd> {
  const folder = await temporaryFolder('clamd');
  const signatures = join(folder.path, 'signatures');
  chmodSync(folder.path, 0o755);
  mkdirSync(signatures);
  writeFileSync(join(signatures, 'own.ndb'), `Lathe.Test.Eicar:0:*:${Buffer.from(EICAR).toString('hex')}\n`);
  const port = await freePort();
  const settings = [
    `DatabaseDirectory ${signatures}`,
    `TCPSocket ${port}`,
    'TCPAddr 127.0.0.1',
    `TemporaryDirectory ${folder.path}`,
    'Foreground yes',
    'StreamMaxLength 2000M',
    'MaxFileSize 2000M',
    'MaxScanSize 2000M',
  ];
  const file = join(folder.path, 'clamd.conf');
  writeFileSync(file, `${settings.join('\n')}\n`);
  const child = new Child('clamd', ['-c', file], { env: { PATH: `${process.env['PATH']}:/usr/sbin` } });
  await eventually('clamd answers', () => {
    if (child.exit) throw new Error(child.output);
    return ping(port);
  });
  return {
    port,
    address: `127.0.0.1:${port}`,
    stop: async () => {
      await child.stop();
      await folder.remove();
    },
  };
}
