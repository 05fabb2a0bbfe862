// SPDX-License-Identifier: AGPL-3.0-or-later
// What a long run came to, for the summary that `make torture` or `make faults` prints and keeps.
import { appendFileSync } from 'node:fs';

const file = process.env['LATHE_FIGURES'];

export function noteFigures(kind: string, figures: string): void {
  if (file) appendFileSync(file, `${JSON.stringify({ kind, figures })}\n`);
}
