/** The model of the built-in application: a job board. */
import { defineModel } from '../src/index.ts';
import { jobSchema, storedJob } from './job-fields.ts';

export type { JobFields } from './job-fields.ts';

/** One posting: listed newest first, found by company, place, tag, or any word of title, company and description. */
export const job = defineModel({
  name: 'job',
  schema: jobSchema,
  indexes: {
    company: { filter: 'company' },
    location: { filter: 'location' },
    tag: { filter: 'tags' },
  },
  search: ['title', 'company', 'description'],
  stored: storedJob,
});
