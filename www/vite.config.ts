import { defineConfig, type Plugin, type PreviewServer, type ViteDevServer } from 'vite';

/** Makes the page cross-origin isolated, which SharedArrayBuffer needs. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * Sends the headers with every response. Vite's own `headers` leaves them out of "304 Not Modified",
 * and WebKit then refuses to start the worker whose script it had asked for again.
 */
function isolate(): Plugin {
  const use = ({ middlewares }: ViteDevServer | PreviewServer) => {
    middlewares.use((_request, response, next) => {
      for (const [name, value] of Object.entries(isolation)) response.setHeader(name, value);
      next();
    });
  };
  return { name: 'isolate', configureServer: use, configurePreviewServer: use };
}

/** The mode `plain` serves the page as most hosts do: without the two headers. */
export default defineConfig(({ mode }) => ({
  root: import.meta.dirname,
  base: './',
  plugins: mode === 'plain' ? [] : [isolate()],
  build: {
    target: 'es2022',
    // Who looks at the demo in the developer tools should see its sources.
    sourcemap: true,
    assetsInlineLimit: 0,
  },
  worker: { format: 'es' },
}));
