import { startKmodel } from '../../src/index.ts';
import { withDataDir } from './data-dir.ts';
import { readingModel, readingSuite } from './reading-model.ts';
import { describeHttpSuite } from './suite.ts';

describeHttpSuite('the reading model on the embedded adapters', {
  ...readingSuite,
  makeServer: () =>
    withDataDir((dataDir) => startKmodel({ models: [readingModel], dataDir, http: { port: 0 }, logger: false })),
});
