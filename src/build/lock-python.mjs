// `npm run lock:python`: writes tests/requirements.txt, exact versions with their hashes, from
// tests/requirements.in, for Python 3.11 on the two Linux platforms that wheels are made for; and the
// same beside every other `.in` file of REQUIREMENTS.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { interopEnvironments, REQUIREMENTS } from './python.mjs';
import { asCommand, run } from './run.mjs';

const ARCHITECTURES = ['x86_64', 'aarch64'];
/** The names of Linux platforms that a Debian 12 takes, newest first. */
const PLATFORMS = [
  'manylinux_2_34',
  'manylinux_2_28',
  'manylinux_2_27',
  'manylinux_2_17',
  'manylinux2014',
];

async function resolve(architecture, pins) {
  const folder = mkdtempSync(join(tmpdir(), 'joblite-'));
  const report = join(folder, 'report.json');
  const args = [
    '-m',
    'pip',
    'install',
    '-q',
    '--disable-pip-version-check',
    '--dry-run',
    '--ignore-installed',
    '--report',
    report,
  ];
  const target = [
    '--target',
    folder,
    '--only-binary=:all:',
    '--implementation',
    'cp',
    '--python-version',
    '3.11',
  ];
  const platforms = PLATFORMS.flatMap((name) => ['--platform', `${name}_${architecture}`]);
  try {
    await run('python3', [...args, ...target, ...platforms, '-r', pins]);
    return JSON.parse(readFileSync(report, 'utf8')).install.map(({ metadata, download_info }) => ({
      pin: `${metadata.name.toLowerCase().replaceAll(/[-_.]+/g, '-')}==${metadata.version}`,
      hash: `sha256:${download_info.archive_info.hashes.sha256}`,
    }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function lock(requirements) {
  const pins = requirements.replace(/\.txt$/, '.in');
  const hashes = new Map();
  for (const architecture of ARCHITECTURES) {
    for (const { pin, hash } of await resolve(architecture, pins)) {
      hashes.set(pin, (hashes.get(pin) ?? new Set()).add(hash));
    }
  }
  const lines = [...hashes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([pin, set]) => [pin, ...[...set].map((hash) => `    --hash=${hash}`)].join(' \\\n'));
  const origin = `# Written by \`npm run lock:python\` from ${basename(pins)}.`;
  writeFileSync(requirements, `${origin}\n${lines.join('\n')}\n`);
}

await asCommand(import.meta.url, async (args) => {
  const files = [REQUIREMENTS, ...interopEnvironments().map(({ requirements }) => requirements)];
  for (const file of files) {
    if (args.length === 0 || args.some((word) => file.includes(word))) await lock(file);
  }
});
