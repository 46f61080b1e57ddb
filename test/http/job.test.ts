import { job } from '../../app/job.ts';
import { startKmodel } from '../../src/index.ts';
import { withDataDir } from './data-dir.ts';
import { describeHttpSuite } from './suite.ts';

describeHttpSuite('the job model on the embedded adapters', {
  makeServer: () => withDataDir((dataDir) => startKmodel({ models: [job], dataDir, http: { port: 0 }, logger: false })),
  model: job,
  sample: (n, mark) => ({
    title: `Title ${n}`,
    company: mark,
    description: `What number ${n} is about: naïve café, 東京 ${n}`,
    ...(n % 2 === 0 ? { location: `Place ${n % 4}`, url: `https://example.com/${n}` } : {}),
    tags: [`tag${n % 3}`, 'all'],
  }),
  filter: 'company',
  sort: undefined,
  invalid: {
    body: { title: '', company: 7, description: 'x'.repeat(20_001), url: 'ftp://example.com', tags: ['a', 5] },
    pointers: ['/title', '/company', '/description', '/url', '/tags/1'],
  },
});
