// One driver for three engines, through WebDriver: a browser with tabs, a profile that may outlive it,
// and an end that is certain. What a tab can do is in page.mjs. Every step has a time limit.

import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENGINES, startDisplay } from './engines.mjs';
import { Page } from './page.mjs';
import { freePort, killAll, start, within } from './processes.mjs';

// selenium-webdriver is CommonJS and reaches its parts by file.
const require = createRequire(import.meta.url);
const { Capabilities, WebDriver } = require('selenium-webdriver');
const { Executor, HttpClient } = require('selenium-webdriver/http');

const START_LIMIT_MS = 60_000;
const COMMAND_LIMIT_MS = 60_000;

/** The engines' names, in the order in which suites run them. */
export const engineNames = Object.keys(ENGINES);

/**
 * Starts a browser.
 *
 * @param {'chromium' | 'firefox' | 'webkitgtk'} engine
 * @param {object} [options]
 * @param {string} [options.profile] a folder that keeps the profile, real IndexedDB included, for the
 *   next launch; without it the profile is temporary. Only where `keepsProfile(engine)`.
 * @param {string[]} [options.args] further command line arguments of the browser
 * @param {object} [options.prefs] preferences of Chromium or Firefox, by their own names
 *
 * @example
 * const browser = await launch('firefox');
 * try {
 *   const page = await browser.open(server.url('/blank.html'));
 *   await page.evaluate(async (n) => n + 1, 1); // 2
 * } finally {
 *   await browser.close();
 * }
 */
export async function launch(engine, { profile, args = [], prefs = {} } = {}) {
  const kind = ENGINES[engine];
  if (!kind) throw new RangeError(`no engine ${engine}; there are ${engineNames.join(', ')}`);
  if (profile && !kind.persists) throw new Error(`${engine} keeps no profile between two launches`);
  const parts = { kind, engine, processes: [], temporary: undefined };
  const end = async () => {
    for (const process of parts.processes) process.kill();
    if (parts.temporary) await rm(parts.temporary, { recursive: true, force: true, maxRetries: 5 });
  };
  // A browser that starts while others compile now and then misses its own time limit: try once more.
  for (let attempt = 1; ; attempt++) {
    try {
      return await startSession(parts, { profile, args, prefs, end });
    } catch (error) {
      const output = parts.processes.map((process) => process.output()).join('\n');
      await end();
      parts.processes = [];
      if (attempt === 2)
        throw new Error(`${engine} did not start: ${error.message}\n${output}`, { cause: error });
    }
  }
}

/** Whether a profile folder keeps IndexedDB between two launches of `engine`. */
export function keepsProfile(engine) {
  return ENGINES[engine].persists;
}

/**
 * Options of `launch` for a browser whose user has blocked all storage ('blockedStorage') or opens
 * private windows only ('privateWindow'); undefined where the engine cannot be made to.
 */
export function settingOf(engine, setting) {
  return ENGINES[engine][setting];
}

async function startSession(parts, { profile, args, prefs, end }) {
  const { kind, engine } = parts;
  const env = { ...kind.env };
  if (kind.display) {
    const xvfb = await startDisplay();
    parts.processes.push(xvfb.process);
    env.DISPLAY = xvfb.display;
  }
  // Everything that a browser writes outside its profile goes where it is removed afterwards.
  parts.temporary = await mkdtemp(join(tmpdir(), `joblite-${engine}-`));
  env.TMPDIR = parts.temporary;
  const port = await freePort();
  const driverProcess = start(...kind.driver(port), { env });
  parts.processes.push(driverProcess);
  const client = new HttpClient(`http://127.0.0.1:${port}`);
  await within(START_LIMIT_MS, `${engine}'s WebDriver`, answers(port, driverProcess));
  const capabilities = new Capabilities(kind.capabilities({ profile, args, prefs }));
  const driver = WebDriver.createSession(new Executor(client), capabilities);
  await within(START_LIMIT_MS, `${engine}'s session`, driver.getSession());
  await within(
    COMMAND_LIMIT_MS,
    'time limits',
    driver.manage().setTimeouts({ pageLoad: 50_000, script: 50_000 }),
  );
  const browser = new Browser({ engine, driver, driverProcess, end });
  await within(COMMAND_LIMIT_MS, 'first tab', browser.prepare());
  return browser;
}

async function answers(port, driverProcess) {
  let ended = false;
  driverProcess.ended.then(() => {
    ended = true;
  });
  for (;;) {
    if (ended) throw new Error('the WebDriver ended');
    const ready = await fetch(`http://127.0.0.1:${port}/status`).then(
      (r) => r.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

class Browser {
  #driver;
  #driverProcess;
  #end;
  #queue = Promise.resolve();
  #current;
  #unused;
  #pages = new Map();
  #messages = [];

  constructor({ engine, driver, driverProcess, end }) {
    this.engine = engine;
    /** True from the moment it was killed or closed. */
    this.ended = false;
    this.#driver = driver;
    this.#driverProcess = driverProcess;
    this.#end = end;
  }

  async prepare() {
    this.#current = await this.#driver.getWindowHandle();
    this.#unused = this.#page(this.#current);
    if (this.engine !== 'firefox') return;
    this.bidi = await this.#driver.getBidi();
    await this.bidi.subscribe('log.entryAdded');
    this.bidi.on('log.entryAdded', ({ level, text, stackTrace, source }) => {
      const at = stackTrace?.callFrames?.[0];
      this.#messages.push({
        level: level === 'warn' ? 'warning' : level,
        text: text ?? '',
        url: at?.url,
        context: source?.context,
      });
    });
  }

  /** Opens `url` in a tab of its own. */
  async open(url) {
    const page = this.#unused ?? (await this.newTab());
    this.#unused = undefined;
    await page.open(url);
    return page;
  }

  /** A further, empty tab. */
  async newTab() {
    const handle = await this.command('a new tab', async (driver) => {
      await driver.switchTo().newWindow('tab');
      this.#current = await driver.getWindowHandle();
      return this.#current;
    });
    return this.#page(handle);
  }

  #page(handle) {
    const page = new Page(this, handle);
    this.#pages.set(handle, page);
    return page;
  }

  /**
   * What pages wrote to the console and the errors they did not catch since the last call:
   * `{ level, text, url }`, level being 'error', 'warning', 'info' or 'debug'. WebKitGTK's driver has no
   * such list: there it stays empty.
   */
  async messages() {
    if (this.engine === 'chromium') {
      for (const page of this.#pages.values()) {
        const entries = await page.command('the console', (driver) =>
          driver.manage().logs().get('browser'),
        );
        for (const { level, message } of entries) {
          const known = { SEVERE: 'error', WARNING: 'warning', INFO: 'info', DEBUG: 'debug' };
          this.#messages.push({ level: known[level.name] ?? 'info', text: message });
        }
      }
    }
    return this.#messages.splice(0);
  }

  /**
   * Runs `run(driver)` with selenium's driver, in `handle`'s tab if given: one command at a time, since a
   * session has one current tab.
   */
  command(what, run, { handle, limitMs = COMMAND_LIMIT_MS } = {}) {
    const result = this.#queue.then(() =>
      within(
        limitMs,
        `${this.engine}: ${what}`,
        (async () => {
          if (handle && handle !== this.#current) {
            await this.#driver.switchTo().window(handle);
            this.#current = handle;
          }
          return run(this.#driver);
        })(),
      ),
    );
    this.#queue = result.catch(() => {});
    return result;
  }

  /** A tab has gone. */
  async forget(page) {
    await page.command('close a tab', (driver) => driver.close());
    this.#pages.delete(page.handle);
    this.#current = undefined;
  }

  /** Closes every tab but one, which becomes empty, and drops the messages so far. */
  async reset() {
    const kept = this.#unused ?? (await this.newTab());
    for (const page of [...this.#pages.values()]) if (page !== kept) await this.forget(page);
    this.#unused = kept;
    await this.messages();
  }

  /** The ids of the processes of this browser that run now, its WebDriver not among them. */
  pids() {
    return this.#driverProcess.pids().filter((pid) => pid !== this.#driverProcess.pid);
  }

  /** SIGKILL to all of the browser's processes, as when the machine kills it; nothing is saved first. */
  async kill() {
    this.ended = true;
    killAll(this.pids());
    await this.#end();
  }

  /** Ends the browser as its user would, so that the profile is written. */
  async close() {
    const dead = this.ended;
    this.ended = true;
    try {
      if (!dead) await this.command('quit', (driver) => driver.quit(), { limitMs: 15_000 });
    } catch {
      // It is killed next, whatever kept it from ending.
    } finally {
      await this.#end();
    }
  }

  [Symbol.asyncDispose]() {
    return this.close();
  }
}
