/**
 * The app of the bench on Kafka and Redis: one model, named and shaped by the environment, so that one topic is replayed
 * into views of different shapes. Plain JavaScript over the compiled package, as an app of a user would be: nothing is
 * compiled while the worker is measured.
 */
import { defineModel } from 'kmodel';
import { jobSchema, storedJob } from '../../dist/app/job-fields.js';

/** As the job board has it. */
const board = { schema: jobSchema, stored: storedJob };

/** The job board's filters; what sorts it, createdAt, every model has. */
const FILTERS = { company: { filter: 'company' }, location: { filter: 'location' }, tag: { filter: 'tags' } };

const SHAPES = {
  /** No index. */
  plain: board,
  /** No index, and no stored form: the schema is asked about every record. */
  asked: { schema: jobSchema },
  /** No index, and values that nobody looks at. */
  unread: board,
  /** The job board without its search. */
  indexed: { ...board, indexes: FILTERS },
  /** The job board. */
  board: { ...board, indexes: FILTERS, search: ['title', 'company', 'description'] },
};

/** The model of that name and shape. */
export function benchModel(name, shape) {
  const model = defineModel({ name, ...SHAPES[shape] });
  return shape === 'unread' ? Object.create(model, { readStored: { value: () => ({}) } }) : model;
}

const { KMODEL_TEST_BENCH_MODEL: name = 'job', KMODEL_TEST_BENCH_SHAPE: shape = 'board' } = process.env;

export const model = benchModel(name, shape);
