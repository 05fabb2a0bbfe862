// SPDX-License-Identifier: AGPL-3.0-or-later
// A line between browser and server that can be cut: forwards bytes, counts them, and ends connections in the middle.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../lib/ports.ts';

export class Line {
  /** Where the server is; may change when it starts anew. */
  target = 0;
  /** Bytes from the browser to the server so far. */
  sent = 0;
  cuts = 0;
  /** Nothing gets through: every connection ends at once. */
  isDown = false;
  /** Hears what browsers say. */
  tap: ((bytes: Buffer) => void) | undefined;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cutAt = Infinity;
  #stallAt = Infinity;
  #isStalled = false;

  private constructor(port: number, server: Server) {
    this.port = port;
    this.#server = server;
  }

  static async open(): Promise<Line> {
    const port = await freePort();
    const server = createServer();
    const line = new Line(port, server);
    server.on('connection', (socket) => line.#forward(socket));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return line;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The connection that carries this many more bytes is cut, and so are all others. */
  cutAfter(bytes: number): void {
    this.#cutAt = this.sent + bytes;
  }

  /** After this many more bytes the connection that carries them carries nothing any more; others do. */
  stallAfter(bytes: number): void {
    this.#stallAt = this.sent + bytes;
    this.#isStalled = false;
  }

  get isStalled(): boolean {
    return this.#isStalled;
  }

  cut(): void {
    this.#cutAt = Infinity;
    this.cuts += 1;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #stall(socket: Socket): void {
    this.#stallAt = Infinity;
    this.#isStalled = true;
    socket.removeAllListeners('data').pause();
  }

  #forward(socket: Socket): void {
    if (this.isDown) {
      socket.destroy();
      return;
    }
    const onward = connect(this.target, '127.0.0.1');
    this.#sockets.add(socket);
    for (const one of [socket, onward]) one.on('error', () => one.destroy());
    socket.once('close', () => {
      this.#sockets.delete(socket);
      onward.destroy();
    });
    onward.once('close', () => socket.destroy());
    onward.pipe(socket);
    socket.on('data', (bytes) => {
      this.sent += bytes.length;
      this.tap?.(bytes);
      if (!onward.write(bytes)) socket.pause();
      if (this.sent >= this.#cutAt) this.cut();
      else if (this.sent >= this.#stallAt) this.#stall(socket);
    });
    onward.on('drain', () => socket.listenerCount('data') > 0 && socket.resume());
  }
}
