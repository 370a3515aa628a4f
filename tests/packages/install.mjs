// Packs the package as npm would publish it, and makes throw-away projects that have installed it.

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const PROJECTS = join(import.meta.dirname, 'projects');

/** Runs a program to its end; what it printed is in the error if it fails. */
export async function run(command, args, options) {
  try {
    const { stdout } = await execute(command, args, {
      timeout: 120_000,
      maxBuffer: 2 ** 26,
      ...options,
    });
    return stdout;
  } catch (error) {
    throw new Error(`${[command, ...args].join(' ')}: ${error.message}\n${error.stdout ?? ''}`, {
      cause: error,
    });
  }
}

/** `{ folder, tarball, files, project(name, parts), remove() }` of the repository at `root`. */
export async function pack(root) {
  const folder = await mkdtemp(join(tmpdir(), 'joblite-packages-'));
  const packed = await run(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: root },
  );
  const [{ filename, files }] = JSON.parse(packed);
  const tarball = join(folder, filename);
  return {
    folder,
    tarball,
    files: files.map(({ path }) => path),
    /**
     * A fresh project with the tarball installed. `parts` maps folders of the project to folders of
     * `projects/` whose files go there.
     */
    async project(name, parts) {
      const path = join(folder, name);
      await mkdir(path);
      await writeFile(
        join(path, 'package.json'),
        JSON.stringify({ name, private: true, type: 'module' }),
      );
      for (const [to, from] of parts)
        await cp(join(PROJECTS, from), join(path, to), { recursive: true });
      // Everything that joblite needs is in its tarball: no registry is asked.
      await run(
        'npm',
        ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', tarball],
        { cwd: path },
      );
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}
