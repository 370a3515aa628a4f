// joblib in the machine's own Python, as a process that runs what it is told, one run at a time.

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonEnvironment } from '../../src/build/python.mjs';

export const SCRIPT = join(import.meta.dirname, 'joblib_peer.py');

/**
 * @returns {Promise<{ time(run: string): Promise<number>, addFiles(nbytes: number,
 *   compressions: [string, number][]): Promise<string[]>, close(): void }>} `addFiles` gives the names of
 *   the compressions that this Python has
 */
export async function startPython() {
  const { python } = await pythonEnvironment();
  const child = spawn(python, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (expression) => {
    child.stdin.write(`${expression}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error(`Python ended while it ran ${expression}`);
    return value;
  };
  return {
    time: async (run) => Number(await ask(`time_of(${JSON.stringify(run)})`)),
    addHashes: () => ask('add_hashes()'),
    addFiles: async (nbytes, compressions) =>
      JSON.parse(
        await ask(
          `__import__("json").dumps(add_files(${nbytes}, ${JSON.stringify(compressions)}))`,
        ),
      ),
    close: () => child.kill(),
  };
}
