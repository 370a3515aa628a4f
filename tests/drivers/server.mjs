// A static server on a loopback port for the tests' pages: right MIME types, the headers of
// cross-origin isolation and of a Content-Security-Policy on request. Not a development server:
// nothing is transformed. A path that no mount holds is 404, never an index page.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webp': 'image/webp',
  '.whl': 'application/zip',
  '.woff2': 'font/woff2',
  '.zip': 'application/zip',
};

/** An empty favicon, so that no console shows a 404 that no test caused. */
const EMPTY = { body: '', type: 'image/x-icon' };

/** The servers of this process by origin: a page on one of them can be given scripts from it. */
const servers = new Map();

/**
 * Serves folders and texts on an ephemeral loopback port.
 *
 * @param {object} options
 * @param {Record<string, string | { body: string | Uint8Array, type?: string }>} options.mounts
 *   URL path to what is there: a path that ends with '/' is a folder on disk, any other one a file
 *   on disk or a text. The longest matching mount wins.
 * @param {boolean} [options.isolated] sends COOP, COEP and CORP: `crossOriginIsolated` becomes true
 * @param {string} [options.csp] a Content-Security-Policy for every response
 * @param {Record<string, string>} [options.headers] further headers for every response
 * @returns a server: `origin`, `url(path)`, `requests` (the paths asked for so far), `close()`. It
 *   does not keep the process alive.
 *
 * @example
 * const server = await serve({ mounts: { '/': 'www/dist/' }, isolated: true });
 * await fetch(server.url('/index.html'));
 * await server.close();
 */
export async function serve({ mounts, isolated = false, csp, headers = {} }) {
  const common = {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(isolated && {
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Embedder-Policy': 'require-corp',
      'Cross-Origin-Resource-Policy': 'same-origin',
    }),
    ...(csp && { 'Content-Security-Policy': csp }),
    ...headers,
  };
  const places = Object.entries({ '/favicon.ico': EMPTY, ...mounts }).sort(
    ([a], [b]) => b.length - a.length,
  );
  const scripts = new Map();
  const requests = [];

  const http = createServer((request, response) => {
    answer(request).then(
      ({ status = 200, type, body, file, size }) => {
        response.writeHead(status, {
          ...common,
          'Content-Type': type,
          ...(file && { 'Content-Length': size }),
        });
        if (request.method === 'HEAD') response.end();
        else if (file)
          createReadStream(file)
            .on('error', () => response.destroy())
            .pipe(response);
        else response.end(body);
      },
      (error) => {
        response.writeHead(500, { 'Content-Type': TYPES['.txt'] });
        response.end(String(error));
      },
    );
  });

  async function answer(request) {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    requests.push(path);
    if (scripts.has(path)) return { type: TYPES['.js'], body: scripts.get(path) };
    for (const [prefix, place] of places) {
      const folder = prefix.endsWith('/');
      if (folder ? !path.startsWith(prefix) : path !== prefix) continue;
      if (typeof place !== 'string') {
        return { type: place.type ?? TYPES[extname(path)] ?? TYPES['.html'], body: place.body };
      }
      const root = normalize(place);
      const file = folder ? join(root, path.slice(prefix.length)) : root;
      if (folder && !file.startsWith(root.endsWith(sep) ? root : root + sep)) break;
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile()) break;
      return { type: TYPES[extname(file)] ?? 'application/octet-stream', file, size: found.size };
    }
    return { status: 404, type: TYPES['.txt'], body: `not found: ${path}` };
  }

  await new Promise((resolve, reject) => {
    http.once('error', reject);
    // "localhost" resolves to either family; browsers try both, so IPv4 alone is enough.
    http.listen(0, '127.0.0.1', resolve);
  });
  http.unref();

  const origin = `http://localhost:${http.address().port}`;
  let count = 0;
  const server = {
    origin,
    requests,
    url: (path = '/') => origin + path,
    /** Offers a module script under a path of its own; the answer is `{ path, remove }`. */
    offerScript(body) {
      const path = `/.script/${++count}.js`;
      scripts.set(path, body);
      return { path, remove: () => scripts.delete(path) };
    },
    async close() {
      servers.delete(origin);
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
    [Symbol.asyncDispose]() {
      return this.close();
    },
  };
  servers.set(origin, server);
  return server;
}

/** The server of this process that serves `origin`, if there is one. */
export function serverOf(origin) {
  return servers.get(origin);
}
