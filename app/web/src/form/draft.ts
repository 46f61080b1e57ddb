/** What a form holds, and what of the server's answer belongs to which of its fields. Pure. */
import type { Job, JobFields } from '../api/jobs.ts';
import type { BrokenRule } from '../api/request.ts';

/** The fields in the order of the form. */
export const FIELDS = ['title', 'company', 'location', 'url', 'tags', 'description'] as const;
export type FieldName = (typeof FIELDS)[number];

export interface Draft {
  readonly title: string;
  readonly company: string;
  readonly location: string;
  readonly url: string;
  readonly tags: readonly string[];
  readonly description: string;
}

export const EMPTY_DRAFT: Draft = { title: '', company: '', location: '', url: '', tags: [], description: '' };

export function draftOf(job: Job): Draft {
  const { title, company, description, location = '', url = '', tags = [] } = job;
  return { title, company, location, url, tags, description };
}

/** As the API takes it: an optional field that was left empty is left out. Judging the rest is the server's part. */
export function fieldsOf(draft: Draft): JobFields {
  const { title, company, description, tags } = draft;
  const location = draft.location.trim();
  const url = draft.url.trim();
  return {
    title,
    company,
    description,
    ...(location === '' ? {} : { location }),
    ...(url === '' ? {} : { url }),
    ...(tags.length === 0 ? {} : { tags: [...tags] }),
  };
}

export interface SortedRules {
  readonly byField: ReadonlyMap<FieldName, readonly string[]>;
  /** Rules about something that the form has no field for. */
  readonly others: readonly string[];
}

export const NO_RULES: SortedRules = { byField: new Map(), others: [] };

/** Each broken rule to its field, by the first step of its pointer; a rule about one tag names the tag. */
export function sortRules(rules: readonly BrokenRule[], draft: Draft): SortedRules {
  const byField = new Map<FieldName, string[]>();
  const others: string[] = [];
  for (const { pointer, message } of rules) {
    const [, first, second] = pointer.split('/');
    const field = FIELDS.find((name) => name === first);
    if (field === undefined) {
      others.push(pointer === '' ? message : `${pointer}: ${message}`);
      continue;
    }
    const tag = field === 'tags' && second !== undefined ? draft.tags[Number(second)] : undefined;
    byField.set(field, [...(byField.get(field) ?? []), tag === undefined ? message : `“${tag}”: ${message}`]);
  }
  return { byField, others };
}

/** The rules without those of one field: it has been changed since. */
export function forgetField(rules: SortedRules, field: FieldName): SortedRules {
  if (!rules.byField.has(field)) return rules;
  return { ...rules, byField: new Map([...rules.byField].filter(([name]) => name !== field)) };
}

/** The tags with those that `typed` adds (commas separate several), each once. */
export function addTags(tags: readonly string[], typed: string): readonly string[] {
  const added = typed
    .split(/[,\n،、，]/)
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return [...new Set([...tags, ...added])];
}
