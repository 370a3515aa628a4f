// The three engines: where each browser and its WebDriver are, how they are started, and what
// differs between them. Nothing here knows what a test does with a page.

import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { geckodriver } from '../../src/build/tools.mjs';
import { start, within } from './processes.mjs';

/** A program by name in PATH, or the first of some places that exists. */
function find(what, name, places = []) {
  const inPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  const found = [...places, ...inPath].find((path) => existsSync(path));
  if (!found)
    throw new Error(`${what} is not installed: no ${name} in PATH; "npm run setup" installs it`);
  return found;
}

const CHROMIUM_ARGS = [
  '--headless',
  '--no-sandbox', // tests run as root in containers
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage', // a container's /dev/shm may be 64 MB
];

const FIREFOX_PREFS = {
  'app.normandy.enabled': false,
  'browser.contentblocking.introCount': 99,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.min_background_timeout_value': 10,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.startup.max_resumed_crashes': -1, // a killed browser starts again without a dialog
  'toolkit.telemetry.enabled': false,
};

/**
 * `driver(port)` is the WebDriver's command, `capabilities({ profile, args })` what it is asked for.
 * `persists`: a profile folder keeps IndexedDB between two launches. `blockedStorage`: what makes the
 * browser refuse all storage, as its user's settings can. `privateWindow`: what makes every window
 * private. `display`: needs an X server.
 */
export const ENGINES = {
  chromium: {
    persists: true,
    blockedStorage: { prefs: { 'profile.default_content_setting_values.cookies': 2 } },
    privateWindow: { args: ['--incognito'] },
    driver: (port) => [find('chromedriver', 'chromedriver'), [`--port=${port}`]],
    capabilities: ({ profile, args, prefs }) => ({
      browserName: 'chrome',
      'goog:loggingPrefs': { browser: 'ALL' },
      'goog:chromeOptions': {
        binary: find('Chromium', 'chromium'),
        args: [...CHROMIUM_ARGS, ...(profile ? [`--user-data-dir=${profile}`] : []), ...args],
        prefs,
      },
    }),
  },
  firefox: {
    persists: true,
    blockedStorage: { prefs: { 'network.cookie.cookieBehavior': 2 } },
    privateWindow: { prefs: { 'browser.privatebrowsing.autostart': true } },
    driver: (port) => [
      find('geckodriver', 'geckodriver', [geckodriver().path]),
      ['--port', String(port), '--websocket-port', '0'],
    ],
    capabilities: ({ profile, args, prefs }) => ({
      browserName: 'firefox',
      webSocketUrl: true,
      'moz:firefoxOptions': {
        binary: find(
          'Firefox',
          'firefox-esr',
          existsSync('/usr/bin/firefox-esr') ? [] : ['/usr/bin/firefox'],
        ),
        args: ['-headless', ...(profile ? ['-profile', profile] : []), ...args],
        prefs: { ...FIREFOX_PREFS, ...prefs },
      },
    }),
  },
  webkitgtk: {
    // MiniBrowser under automation always uses an ephemeral session, which is a private window too.
    persists: false,
    privateWindow: {},
    display: true,
    env: {
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
      GDK_BACKEND: 'x11',
      LIBGL_ALWAYS_SOFTWARE: '1',
    },
    driver: (port) => [find('WebKitWebDriver', 'WebKitWebDriver'), [`--port=${port}`]],
    capabilities: ({ args }) => ({
      'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation', ...args] },
    }),
  },
};

/** MiniBrowser is in no PATH: it lies beside the library, in a folder named after the architecture. */
function miniBrowser() {
  const places = readdirSync('/usr/lib').map(
    (folder) => `/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`,
  );
  return find('WebKitGTK', 'MiniBrowser', places);
}

/** Starts an X server that shows nothing, on a display number that it chooses itself. */
export async function startDisplay() {
  const xvfb = start(find('Xvfb', 'Xvfb'), [
    '-displayfd',
    '1',
    '-screen',
    '0',
    '1600x1400x24',
    '-nolisten',
    'tcp',
    '-noreset',
  ]);
  const number = within(
    20_000,
    'Xvfb',
    (async () => {
      for (;;) {
        const found = /^(\d+)\s/m.exec(xvfb.output());
        if (found) return found[1];
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    })(),
  );
  try {
    const display = await Promise.race([
      number,
      xvfb.ended.then(() => Promise.reject(new Error(`Xvfb ended: ${xvfb.output()}`))),
    ]);
    return { display: `:${display}`, process: xvfb };
  } catch (error) {
    xvfb.kill();
    throw error;
  }
}
