// The tarball in Firefox, with the consumers that CI opens in Chromium alone.

import { root } from '../../src/build/places.mjs';
import suite from '../packages/suite.mjs';

export const packages = {
  browsers: true,
  async *rows({ log }) {
    const inFirefox = ({ firefox }) => !firefox;
    const { passed, failed } = await suite.run({ root, log, only: ['firefox'], inFirefox });
    yield { what: 'packages, firefox', much: `${passed + failed} pages`, faults: failed };
  },
};
