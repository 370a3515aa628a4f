// The ts suite: what needs no browser, by node's own test runner against the built package.

import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = import.meta.dirname;

export default {
  name: 'ts',
  about: 'the built package under Node',
  async run({ root, log, only }) {
    const files = readdirSync(FOLDER)
      .filter((name) => name.endsWith('.test.mjs'))
      .filter((name) => only.length === 0 || only.some((word) => name.startsWith(word)));
    const { status, output } = await runNode(
      root,
      files.map((name) => join(FOLDER, name)),
    );
    const count = (what) => Number(output.match(new RegExp(`^# ${what} (\\d+)$`, 'm'))?.[1] ?? 0);
    const failed = count('fail') + count('cancelled');
    const skipped = [...output.matchAll(/^\s*ok \d+ - (.*) # SKIP ?(.*)$/gm)];
    if (status !== 0) log(output);
    return {
      passed: count('pass'),
      // A run that ends without its counts has failed as well.
      failed: status !== 0 ? Math.max(failed, 1) : failed,
      skipped: skipped.map(([, name, why]) => ({ name, why: why || 'no reason given' })),
    };
  },
};

function runNode(root, files) {
  return new Promise((resolve, reject) => {
    const args = ['--test', '--test-reporter=tap', ...files];
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}
