// `npm start [-- --no-isolation] [--port N]`: sets up, builds and serves the demo page. Needs no
// browser and no Python.

import { spawn } from 'node:child_process';

import { build } from './build.mjs';
import { at } from './places.mjs';
import { asCommand } from './run.mjs';

await asCommand(import.meta.url, async (args) => {
  await build(['core', 'threads', 'ts']);
  const server = spawn(process.execPath, [at('www/serve.mjs'), ...args], { stdio: 'inherit' });
  server.on('exit', (code) => {
    process.exitCode = code ?? 0;
  });
});
