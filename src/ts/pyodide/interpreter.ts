// What is used of Pyodide, and where the one that runs came from.

/** A Python object seen from JavaScript. */
export interface PyProxy {
  (...args: unknown[]): unknown;
  callPromising(...args: unknown[]): Promise<unknown>;
  get(key: unknown): unknown;
  getBuffer(type: 'u8'): { data: Uint8Array; release(): void };
  readonly length: number;
  destroy(): void;
}

export interface Pyodide {
  pyimport(name: string): Record<string, PyProxy>;
  registerJsModule(name: string, module: object): void;
  unpackArchive(archive: ArrayBuffer, format: 'zip', options: { extractDir: string }): void;
  runPython(code: string): unknown;
}

/** The parts of Pyodide that tell where it was loaded from; not public, the same since 0.25. */
interface Origin {
  _api?: { config?: { indexURL?: string; lockFileURL?: string } };
}

/**
 * Where `pyodide` was loaded from.
 *
 * @throws Error if it does not say, as a Pyodide of another version might not.
 */
export function originOf(pyodide: object): { indexUrl: string; lockFileUrl: string | null } {
  const config = (pyodide as Origin)._api?.config;
  if (!config?.indexURL) {
    throw new Error(
      'this Pyodide does not say where it was loaded from; load it with loadPyodide({ indexURL })',
    );
  }
  const absolute = (url: string) => new URL(url, globalThis.location?.href).href;
  const { indexURL, lockFileURL } = config;
  return {
    indexUrl: absolute(indexURL.endsWith('/') ? indexURL : `${indexURL}/`),
    lockFileUrl: lockFileURL ? absolute(lockFileURL) : null,
  };
}

/** Whether Python can wait for a promise (JavaScript Promise Integration). */
export function hasJspi(): boolean {
  return 'Suspending' in WebAssembly;
}
