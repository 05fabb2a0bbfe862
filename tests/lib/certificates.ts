// SPDX-License-Identifier: AGPL-3.0-or-later
// Certificates for tests, by the openssl program: an authority of one's own, and what it signs, good or with one thing wrong.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export type Certificate = { key: string; certificate: string }; // paths of PEM files
export type Wanted = { hosts: string[]; /** below 0: it ended so long ago */ days?: number };

function openssl(args: string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' });
}

export class Authority {
  /** The path of its own certificate. */
  readonly certificate: string;
  #made = 0;

  constructor(folder: string, name = 'authority') {
    this.certificate = join(folder, `${name}.crt`);
    openssl(['req', '-x509', ...KEY, '-keyout', join(folder, `${name}.key`), '-out', this.certificate, '-subj', `/CN=${name}`, '-days', '2']);
  }

  get pem(): string {
    return readFileSync(this.certificate, 'utf8');
  }

  sign({ hosts, days = 2 }: Wanted): Certificate {
    const path = `${this.certificate}-${++this.#made}`;
    const names = hosts.map((host) => `${/^[\d.]+$/.test(host) ? 'IP' : 'DNS'}:${host}`).join();
    writeFileSync(`${path}.ext`, `subjectAltName=${names}\nbasicConstraints=critical,CA:FALSE\n`);
    openssl(['req', '-new', ...KEY, '-keyout', `${path}.key`, '-out', `${path}.csr`, '-subj', `/CN=${hosts[0]}`]);
    const by = ['-CA', this.certificate, '-CAkey', this.certificate.replace(/crt$/, 'key')];
    openssl(['x509', '-req', '-in', `${path}.csr`, ...by, '-days', String(days), '-extfile', `${path}.ext`, '-out', `${path}.crt`]);
    chmodSync(`${path}.key`, 0o600);
    return { key: `${path}.key`, certificate: `${path}.crt` };
  }
}
