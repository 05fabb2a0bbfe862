// SPDX-License-Identifier: AGPL-3.0-or-later
// Servers that Lathe calls, over TLS with the certificate of the moment; each notes what was said to it inside of TLS, and outside.
import { readFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import type { Certificate } from '../lib/certificates.ts';

type Talk = (socket: Socket, server: TlsServer) => void;

export class TlsServer {
  /** What came through TLS, connection by connection. */
  readonly trusted: string[] = [];
  /** What came in the clear. */
  readonly clear: string[] = [];
  connections = 0;
  certificate: Certificate | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(talk: Talk) {
    this.#server = createServer((socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket));
      talk(socket, this);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From here on the connection is TLS; what is said in it is noted and given to `hear`. */
  secure(socket: Socket, hear: (text: string, answer: (text: string) => void) => void): void {
    const { key, certificate } = this.certificate as Certificate;
    const secureContext = createSecureContext({ key: readFileSync(key), cert: readFileSync(certificate) });
    const inner = new TLSSocket(socket, { isServer: true, secureContext });
    inner.on('error', () => {});
    inner.on('data', (bytes: Buffer) => {
      this.trusted.push(bytes.toString('latin1'));
      hear(bytes.toString('latin1'), (text) => inner.write(text));
    });
  }

  forget(): void {
    this.trusted.length = this.clear.length = this.connections = 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Answers every request with an error of Stripe's kind. */
export const stripeServer = (): TlsServer => new TlsServer((socket, server) => {
  server.secure(socket, (_, answer) => answer('HTTP/1.1 402 Payment Required\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}'));
});

/** Takes every mail, after STARTTLS; without a certificate it has none to offer. */
export const mailServer = (): TlsServer => new TlsServer((socket, server) => {
  let message: string | undefined; // while one is on its way
  const reply = (text: string): string => {
    if (message !== undefined) {
      message += text;
      if (!message.endsWith('\r\n.\r\n')) return '';
      message = undefined;
      return '250 taken\r\n';
    }
    if (/^DATA/i.test(text)) message = '';
    return message === undefined ? '250 ok\r\n' : '354 go on\r\n';
  };
  socket.write('220 mail.example.org ESMTP\r\n');
  socket.on('data', function hear(bytes: Buffer) {
    const line = bytes.toString('latin1');
    server.clear.push(line);
    if (/^EHLO/i.test(line)) socket.write(server.certificate ? '250-mail.example.org\r\n250 STARTTLS\r\n' : '250 mail.example.org\r\n');
    else if (/^STARTTLS/i.test(line)) {
      socket.off('data', hear);
      socket.write('220 go on\r\n');
      server.secure(socket, (text, answer) => {
        const said = reply(text);
        if (said) answer(said);
      });
    } else socket.write('250 ok\r\n');
  });
});

/** A PostgreSQL as far as its first message: asked for TLS it says yes, or no without a certificate. */
export const postgresServer = (): TlsServer => new TlsServer((socket, server) => {
  socket.once('data', (bytes: Buffer) => {
    const wantsTls = bytes.length === 8 && bytes.readInt32BE(4) === 80877103;
    if (!wantsTls) server.clear.push(bytes.toString('latin1'));
    else if (!server.certificate) {
      socket.write('N');
      socket.on('data', (more: Buffer) => server.clear.push(more.toString('latin1')));
    } else {
      socket.write('S');
      server.secure(socket, () => socket.destroy());
    }
  });
});
