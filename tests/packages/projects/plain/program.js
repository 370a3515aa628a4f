// What a consumer without a bundler does with joblite, in a page and under Node.

import { delayed, environment, hash, Memory, Parallel } from 'joblite';
import { files } from './files.js';

export async function program(tasks) {
  const parallel = Parallel({ nJobs: 2 });
  const described = await parallel(
    [1, 2, 3, 4].map((n) => delayed(tasks.describe)([n, n + 1, n + 5])),
  );
  const refused = await parallel([delayed(tasks.refuse)(7)]).catch(
    (error) => `${error.name}: ${error.message}`,
  );

  let runs = 0;
  const memory = new Memory('consumer');
  const squares = memory.cache(
    async (length) => {
      runs += 1;
      return Float64Array.from({ length }, (_, i) => i * i);
    },
    { name: 'squares' },
  );
  const first = await squares(4);
  const second = await squares(4);
  return {
    described,
    refused,
    runs,
    first: [...first],
    second: [...second],
    hash: await hash({ text: 'joblite', list: [1, 2.5] }),
    files: await files(),
    isolated: environment().crossOriginIsolated,
  };
}
