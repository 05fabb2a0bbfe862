// SPDX-License-Identifier: AGPL-3.0-or-later
// A disk that is full, dies or turns read-only, and memory that is missing, while a program runs; io_fault.c is preloaded into it.
import { rename, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import type { Settings } from '../lathe.ts';
import { builtBeside } from '../paths.ts';

const LIBRARY = 'tests/lib/io_fault/libio_fault.so';

export type DiskFault = { calls: 'write' | 'sync' | 'all'; errno: 'ENOSPC' | 'EIO' | 'EROFS' };

export class IoFault {
  readonly #directory: string;
  readonly #file: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.#file = `${directory}.fault`;
  }

  /** What the program's environment needs; `allocation`: which one fails after begin(). */
  settings(allocation?: number): Settings {
    return {
      LD_PRELOAD: builtBeside(LIBRARY),
      IO_FAULT_DIR: this.#directory,
      IO_FAULT_FILE: this.#file,
      ...(allocation === undefined ? {} : { ALLOC_FAULT: String(allocation) }),
      ASAN_OPTIONS: `${process.env['ASAN_OPTIONS'] ?? ''}:verify_asan_link_order=0`,
    };
  }

  /** From now on; without a fault of the disk only allocations are counted. */
  async begin(fault?: DiskFault): Promise<void> {
    await writeFile(`${this.#file}.draft`, fault ? `${fault.calls} ${constants.errno[fault.errno]}` : 'memory');
    await rename(`${this.#file}.draft`, this.#file);
  }

  async end(): Promise<void> {
    await rm(this.#file, { force: true });
  }
}
