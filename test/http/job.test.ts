import { startKmodel } from '../../src/index.ts';
import { withDataDir } from './data-dir.ts';
import { jobSuite } from './job-model.ts';
import { describeHttpSuite } from './suite.ts';

describeHttpSuite('the job model on the embedded adapters', {
  ...jobSuite,
  makeServer: () =>
    withDataDir((dataDir) => startKmodel({ models: [jobSuite.model], dataDir, http: { port: 0 }, logger: false })),
});
