// The decisions of the build scripts and of the layers suite, on made-up input.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { isAllowed } from '../../src/build/licences.mjs';
import { compareVersions } from '../../src/build/places.mjs';
import { rustRules } from '../layers/rust.mjs';
import { typescriptRules } from '../layers/typescript.mjs';

test('a licence expression is allowed if it leaves an allowed choice', () => {
  const allowed = [
    'MIT',
    'MIT/Apache-2.0',
    'GPL-3.0-only OR MIT',
    '(MIT OR Apache-2.0) AND Unicode-3.0',
    'Apache-2.0 WITH LLVM-exception OR GPL-2.0-only',
    'GPL-2.0-only AND MIT OR BSD-3-Clause',
  ];
  const refused = [
    null,
    '',
    'GPL-3.0-only',
    'MIT AND GPL-3.0-only',
    '(MIT OR GPL-2.0-only) AND MPL-2.0',
  ];
  assert.deepEqual(
    allowed.filter((expression) => !isAllowed(expression)),
    [],
  );
  assert.deepEqual(refused.filter(isAllowed), []);
});

test('versions compare by their numbers', () => {
  assert.equal(compareVersions('1.96.0', '1.96'), 0);
  assert.equal(compareVersions('1.100.0-nightly', '1.96'), 1);
  assert.equal(compareVersions('18.19.1', '20'), -1);
});

/** The violations that a rule finds in files, given as texts by path. */
const violations = (rule, files) =>
  rule(Object.entries(files).map(([path, text]) => ({ path, text })));

test('the layers suite sees a Rust module that looks up, whichever way it is written', () => {
  const rule = rustRules["Rust's modules depend on one another in one direction"];
  const lib = 'pub use error::{Error, Result};\npub use persist::dump;';
  const find = (path, text) => violations(rule, { 'src/lib.rs': lib, [path]: text });
  assert.deepEqual(
    find('src/value/mod.rs', 'use crate::Error; // crate::wasm\nuse crate::value::x;'),
    [],
  );
  assert.deepEqual(find('src/value/mod.rs', 'use crate::wasm::x;'), [
    'src/value/mod.rs: value must not know wasm',
  ]);
  assert.deepEqual(find('src/tape.rs', 'use crate::{Error, value::{A, B}, persist::dump};'), [
    'src/tape.rs: tape must not know persist',
  ]);
  assert.deepEqual(find('src/tape.rs', 'use crate::dump;'), [
    'src/tape.rs: tape must not know persist',
  ]);
  assert.deepEqual(find('src/tape.rs', 'use super::pickle;'), [
    'src/tape.rs: tape must not know pickle',
  ]);
  assert.deepEqual(find('src/wasm/mod.rs', 'use crate::persist::x;'), []);
  assert.match(find('src/new.rs', '')[0], /no line in/);
});

test('the layers suite sees the browser where it does not belong', () => {
  const rule = rustRules['Rust touches the browser in wasm and store only'];
  const text = 'use js_sys::Array;';
  assert.deepEqual(violations(rule, { 'src/store/idb.rs': text, 'src/tape.rs': text }), [
    'src/tape.rs',
  ]);
});

test('the layers suite sees imports of workers, of glue and in circles', () => {
  const of = (name, files) => violations(typescriptRules[name], files);
  const worker = { 'src/ts/a.ts': "import { x } from './workers/pool.worker.js';" };
  assert.equal(of('TypeScript reaches workers by URL only', worker).length, 1);

  const glue = {
    'src/ts/wasm.ts': "import * as glue from './generated/joblite.js';",
    'src/ts/codecs-glue.ts': "await import('./generated/joblite_codecs.js');",
    'src/ts/threads-glue.ts': "export {\n  x,\n} from './generated/joblite_threads.js';",
  };
  const doors = 'one file imports the glue of a wasm module';
  assert.deepEqual(of(doors, glue), []);
  assert.equal(
    of(doors, { ...glue, 'src/ts/a.ts': "import type { A } from './generated/joblite.js';" })
      .length,
    1,
  );
  assert.equal(of(doors, {}).length, 3);

  const circle = {
    'src/ts/a.ts': "import './x.js';\nimport { b } from './b.js';",
    'src/ts/b.ts': "import { a } from './a.js';",
  };
  assert.notDeepEqual(of('TypeScript modules do not import one another in a circle', circle), []);
  const types = { ...circle, 'src/ts/b.ts': "import type { a } from './a.js';" };
  assert.deepEqual(of('TypeScript modules do not import one another in a circle', types), []);
});
