// SPDX-License-Identifier: AGPL-3.0-or-later
// The published contract is good OpenAPI in the eyes of linters that others use.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { binary, temporaryFolder, testFile } from '../lib/paths.ts';

type Finding = { ruleId: string; severity: string; message: string; location: { pointer?: string }[] };
type Result = { code: string; severity: number; message: string; path: string[] };

const OPTIONS = {
  encoding: 'utf8',
  env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  maxBuffer: 64 << 20,
} as const;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let file: string;

before(async () => {
  folder = await temporaryFolder('contract');
  file = join(folder.path, 'openapi.json');
  writeFileSync(file, execFileSync(binary, ['reference', 'openapi'], { maxBuffer: 64 << 20 }));
});
after(() => folder.remove());

test('Redocly finds no error in the contract', (t) => {
  const linter = testFile('node_modules/@redocly/cli/bin/cli.js');
  const options = ['lint', '--format=json', '--max-problems=1000', `--config=${testFile('contract/redocly.yaml')}`, file];
  const done = spawnSync(process.execPath, [linter, ...options], OPTIONS);
  const { problems } = JSON.parse(done.stdout.slice(done.stdout.indexOf('{'))) as { problems: Finding[] };
  const told = (finding: Finding): string => `${finding.ruleId} ${finding.location[0]?.pointer ?? ''}: ${finding.message}`;
  const errors = problems.filter((finding) => finding.severity === 'error');
  for (const finding of problems.filter((other) => !errors.includes(other))) t.diagnostic(told(finding));
  assert.deepEqual(errors.map(told), []);
  assert.equal(done.status, 0, done.stderr);
});

test('Spectral finds neither an error nor a warning in the contract', () => {
  const linter = testFile('node_modules/@stoplight/spectral-cli/dist/index.js');
  const done = spawnSync(process.execPath, [linter, 'lint', '--format=json', '--quiet', `--ruleset=${testFile('contract/spectral.yaml')}`, file], OPTIONS);
  const results = JSON.parse(done.stdout.slice(done.stdout.indexOf('['))) as Result[];
  assert.deepEqual(results.map((result) => `${result.code} ${result.path.join('/')}: ${result.message}`), []);
  assert.equal(done.status, 0, done.stderr);
});
