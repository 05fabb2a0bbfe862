// SPDX-License-Identifier: AGPL-3.0-or-later
// A mail server (Debian's python3-aiosmtpd) whose mails the tests read.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from './child.ts';
import { temporaryFolder, testFile } from './paths.ts';
import { freePort } from './ports.ts';
import { eventually } from './wait.ts';

export type Mail = {
  from: string;
  to: string[];
  subject: string;
  headers: Record<string, string>;
  text: string | null;
  html: string | null;
  attachments: string[];
};

export type MailSink = {
  port: number;
  /** smtp://127.0.0.1:PORT */
  url: string;
  all: () => Mail[];
  /** Waits for the first mail to this address that fits. */
  to: (address: string, fits?: (mail: Mail) => boolean) => Promise<Mail>;
  stop: () => Promise<void>;
};

export async function startMailSink(login?: { user: string; password: string }): Promise<MailSink> {
  const folder = await temporaryFolder('mail');
  const file = join(folder.path, 'mails.jsonl');
  const port = await freePort();
  const child = new Child('/usr/bin/python3', [
    testFile('lib/mail_sink.py'),
    String(port),
    file,
    ...(login ? [login.user, login.password] : []),
  ]);
  await eventually('the mail sink listens', () => {
    if (child.exit) throw new Error(child.output);
    return child.output.includes('listening');
  });
  const all = (): Mail[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Mail)
      : [];
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    all,
    to: (address, fits = () => true) =>
      eventually(`a mail to ${address}`, () => all().find((mail) => mail.to.includes(address) && fits(mail))),
    stop: async () => {
      await child.stop();
      await folder.remove();
    },
  };
}
