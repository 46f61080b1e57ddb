/**
 * The app of the bench on Kafka and Redis: one model, named and shaped by the environment, so that one topic is replayed
 * into views of different shapes. Plain JavaScript over the compiled package, as an app of a user would be: nothing is
 * compiled while the worker is measured.
 */
import { defineModel, withShortcut } from 'kmodel';
import { z } from 'zod';
import { isStoredJob, jobSchema } from '../../dist/app/job-fields.js';

/** As the job board has it. */
const schema = withShortcut(jobSchema, isStoredJob);

/** The job board's filters; what sorts it, createdAt, every model has. */
const FILTERS = { company: { filter: 'company' }, location: { filter: 'location' }, tag: { filter: 'tags' } };

const SHAPES = {
  /** No index. */
  plain: { schema },
  /** No index, and a schema that is asked about every record. */
  asked: { schema: jobSchema },
  /** No index, and a schema that checks nothing. */
  unchecked: { schema: withShortcut(z.looseObject({}), () => true) },
  /** The job board without its search. */
  indexed: { schema, indexes: FILTERS },
  /** The job board. */
  board: { schema, indexes: FILTERS, search: ['title', 'company', 'description'] },
};

/** The model of that name and shape. */
export function benchModel(name, shape) {
  return defineModel({ name, ...SHAPES[shape] });
}

const { KMODEL_TEST_BENCH_MODEL: name = 'job', KMODEL_TEST_BENCH_SHAPE: shape = 'board' } = process.env;

export const model = benchModel(name, shape);
