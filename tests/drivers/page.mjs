// One tab of a browser that tests drive.

import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { serverOf } from './server.mjs';

// selenium-webdriver is CommonJS and reaches its parts by file.
const { Command } = createRequire(import.meta.url)('selenium-webdriver/lib/command');

const EVALUATE_LIMIT_MS = 60_000;

/** An error that a page threw, with the page's own class name, code, details and stack. */
export class PageError extends Error {
  constructor({ name, message, code, details, stack, cause }, engine) {
    super(message);
    this.name = name;
    if (code !== undefined) this.code = code;
    if (details !== undefined) this.details = details;
    if (cause) this.cause = new PageError(cause, engine);
    this.stack = `${name}: ${message}\n    in ${engine}: ${(stack ?? '').trim()}`;
  }
}

export class Page {
  #browser;
  #count = 0;

  constructor(browser, handle) {
    this.#browser = browser;
    this.handle = handle;
  }

  /** Runs `run(driver)` with selenium's driver in this tab, for what this class has no name for. */
  command(what, run, options) {
    return this.#browser.command(what, run, { ...options, handle: this.handle });
  }

  /** Goes to `url` and waits for its load event. */
  open(url) {
    return this.command(`open ${url}`, (driver) => driver.get(String(url)));
  }

  reload() {
    return this.command('reload', (driver) => driver.navigate().refresh());
  }

  url() {
    return this.command('url', (driver) => driver.getCurrentUrl());
  }

  close() {
    return this.#browser.forget(this);
  }

  /**
   * Runs `fn(arg)` in the page, as a module script of the page's own realm, and gives what it returns.
   * `fn` sees nothing of its surroundings here. It may import by the page's import map or by absolute
   * path; argument and result travel as JSON. Evaluations in several tabs run side by side. An error of
   * the page comes back as `PageError`; a page that leaves meanwhile rejects.
   *
   * @param {(arg: any) => any} fn
   * @param {unknown} [arg]
   * @param {{ limitMs?: number }} [options]
   */
  async evaluate(fn, arg, { limitMs = EVALUATE_LIMIT_MS } = {}) {
    const id = `joblite-evaluate-${process.pid}-${++this.#count}`;
    const body = script(id, fn, arg);
    const offered = serverOf(new URL(await this.url()).origin)?.offerScript(body);
    try {
      await this.command('evaluate', (driver) =>
        driver.executeScript(insert, id, offered?.path ?? null, body),
      );
      const limit = Date.now() + limitMs;
      for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
        const state = await this.command('evaluate', (driver) => driver.executeScript(look, id));
        if (state === null)
          throw new Error(`${this.#browser.engine}: the page left while its script ran`);
        if (state !== '') {
          const { value, error } = JSON.parse(state);
          if (error) throw new PageError(error, this.#browser.engine);
          return value;
        }
        if (Date.now() > limit) {
          throw new Error(
            `${this.#browser.engine}: the page's script took longer than ${limitMs / 1000} s`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    } finally {
      offered?.remove();
    }
  }

  /** The text of the first element that matches. */
  text(selector) {
    return this.command(`text of ${selector}`, (driver) =>
      driver.findElement({ css: selector }).getText(),
    );
  }

  /** Clicks the first element that matches. */
  click(selector) {
    return this.command(`click ${selector}`, (driver) =>
      driver.findElement({ css: selector }).click(),
    );
  }

  /** Types into the element that matches, or into the one that has the focus. */
  type(keys, selector) {
    return this.command('type', async (driver) => {
      const element = selector
        ? driver.findElement({ css: selector })
        : await driver.switchTo().activeElement();
      await element.sendKeys(keys);
    });
  }

  /** Waits until `fn(arg)` in the page is true. */
  async waitFor(fn, arg, { limitMs = EVALUATE_LIMIT_MS } = {}) {
    const limit = Date.now() + limitMs;
    while (!(await this.evaluate(fn, arg))) {
      if (Date.now() > limit)
        throw new Error(`${this.#browser.engine}: not within ${limitMs / 1000} s: ${fn}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Makes the page's viewport this large, in CSS pixels. */
  resize({ width, height }) {
    const { engine, bidi } = this.#browser;
    return this.command('resize', async (driver) => {
      if (engine === 'chromium') {
        await cdp(driver, 'Emulation.setDeviceMetricsOverride', {
          width,
          height,
          deviceScaleFactor: 1,
          mobile: false,
        });
      } else if (engine === 'firefox') {
        const answer = await bidi.send({
          method: 'browsingContext.setViewport',
          params: { context: this.handle, viewport: { width, height }, devicePixelRatio: 1 },
        });
        if (answer.type === 'error') throw new Error(`${answer.error}: ${answer.message}`);
      } else {
        const window = driver.manage().window();
        // The window has a toolbar and a border: what is missing inside is added outside.
        for (let turn = 0; turn < 2; turn++) {
          const [innerWidth, innerHeight] = await driver.executeScript(
            'return [innerWidth, innerHeight]',
          );
          const outer = await window.getRect();
          if (innerWidth === width && innerHeight === height) break;
          await window.setRect({
            width: outer.width + width - innerWidth,
            height: outer.height + height - innerHeight,
          });
        }
      }
    });
  }

  /** Writes a PNG of the viewport, which becomes `size` first if given. */
  async screenshot(file, size) {
    if (size) await this.resize(size);
    const png = await this.command('screenshot', (driver) => driver.takeScreenshot());
    await writeFile(file, png, 'base64');
  }
}

function cdp(driver, cmd, params) {
  const executor = driver.getExecutor();
  executor.defineCommand('jobliteCdp', 'POST', '/session/:sessionId/goog/cdp/execute');
  return driver.execute(
    new Command('jobliteCdp').setParameter('cmd', cmd).setParameter('params', params),
  );
}

/** The module script that runs in the page and leaves its result on its own element. */
function script(id, fn, arg) {
  return `
const element = document.getElementById(${JSON.stringify(id)});
const leave = (state) => element.setAttribute('data-state', JSON.stringify(state));
const plain = (error, depth = 0) => {
  if (!(error instanceof Error) && !(error instanceof DOMException)) {
    return { name: 'thrown', message: typeof error === 'object' ? JSON.stringify(error) : String(error) };
  }
  let details;
  try { details = error.details && JSON.parse(JSON.stringify(error.details)); } catch {}
  const { name, message, stack, code } = error;
  return { name, message, stack, code, details, cause: error.cause && depth < 5 ? plain(error.cause, depth + 1) : undefined };
};
try {
  leave({ value: await (${fn})(${arg === undefined ? '' : JSON.stringify(arg)}) });
} catch (error) {
  leave({ error: plain(error) });
}
`;
}

// The next two run in the page, some of them in a sandbox without the page's globals: only the DOM is shared.

function insert(id, path, body) {
  const element = document.createElement('script');
  element.id = id;
  element.type = 'module';
  element.setAttribute('data-state', '');
  element.addEventListener('error', () => {
    const error = {
      name: 'Error',
      message: 'the script was not loaded: blocked by a Content-Security-Policy?',
    };
    element.setAttribute('data-state', JSON.stringify({ error }));
  });
  if (path) element.src = path;
  else element.textContent = body;
  document.head.append(element);
}

function look(id) {
  const element = document.getElementById(id);
  if (!element) return null;
  const state = element.getAttribute('data-state');
  if (state !== '') element.remove();
  return state;
}
