import { startKmodel } from '../../src/index.ts';
import { readingModel } from './reading-model.ts';
import { describeHttpSuite } from './suite.ts';
import { withDataDir } from './data-dir.ts';

describeHttpSuite('the reading model on the embedded adapters', {
  makeServer: () =>
    withDataDir((dataDir) => startKmodel({ models: [readingModel], dataDir, http: { port: 0 }, logger: false })),
  model: readingModel,
  sample: (n, mark) => ({
    sensor: mark,
    celsius: (n * 7) % 11,
    takenAt: new Date(Date.UTC(2026, 0, 1 + (n % 28))).toISOString(),
    calibrated: n % 2 === 0,
    ...(n % 3 === 0 ? { place: { room: `room ${n}`, floor: n } } : {}),
  }),
  filter: 'sensor',
  sort: { name: 'celsius', valueOf: ({ celsius }) => Number(celsius) },
  invalid: {
    body: { sensor: ' ', celsius: '20', takenAt: 'yesterday', calibrated: true, place: { room: 'x', floor: 1.5 } },
    pointers: ['/sensor', '/celsius', '/takenAt', '/place/floor'],
  },
});
