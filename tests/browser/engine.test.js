// The package loads in this engine: its module, its engine's wasm, its error classes.

import { expect } from 'chai';
import * as joblite from 'joblite';
import { isolated } from './where.js';

describe('the package in a page', () => {
  it('has error classes that are Errors with a code and details', () => {
    const error = new joblite.StoreError('QUOTA_EXCEEDED', 'the disk is full', { reason: 'test' });
    expect(error).to.be.instanceOf(Error);
    expect(error).to.be.instanceOf(joblite.JobliteError);
    expect(error.name).to.equal('StoreError');
    expect(error.code).to.equal('QUOTA_EXCEEDED');
    expect(error.details).to.deep.equal({ reason: 'test' });
  });

  it('is served a wasm engine that this browser compiles', async () => {
    const module = await WebAssembly.compileStreaming(
      fetch(new URL('/dist/joblite.wasm', location.href)),
    );
    expect(WebAssembly.Module.exports(module).map(({ name }) => name)).to.include('memory');
  });

  it('starts that engine', async () => {
    expect(await joblite.hash({ text: 'joblite' })).to.match(/^[0-9a-f]{32}$/);
  });

  it('runs isolated where the server asks for it', () => {
    expect(crossOriginIsolated).to.equal(isolated);
  });
});
