import { defineConfig } from 'vite';
import { isolationHeaders } from './isolation.mjs';

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    target: 'es2022',
    // The answers are the same with the sources shown; a reader of the demo should see them.
    sourcemap: true,
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
});
