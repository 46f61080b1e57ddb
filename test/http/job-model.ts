/** The job board's bodies for the HTTP suite. */
import { job } from '../../app/job.ts';
import type { HttpSuiteOptions } from './suite.ts';

export const jobSuite: Omit<HttpSuiteOptions, 'makeServer'> = {
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
};
