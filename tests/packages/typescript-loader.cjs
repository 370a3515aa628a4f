// What ts-loader does for webpack, in its shortest form: types go, the rest stays.

const { transform } = require('esbuild');

module.exports = function load(source) {
  const done = this.async();
  transform(source, { loader: 'ts' }).then(({ code }) => done(null, code), done);
};
