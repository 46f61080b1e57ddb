/** The form of a posting, new or old. It judges nothing: the server does, and its words are shown at the fields. */
import type { FormEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'wouter';
import type { JobFields } from '../api/jobs.ts';
import type { ApiError } from '../api/request.ts';
import { texts } from '../texts.ts';
import type { Draft, FieldName } from './draft.ts';
import { addTags, FIELDS, fieldsOf, forgetField, NO_RULES, sortRules } from './draft.ts';
import { controlId, TextField } from './field.tsx';
import { Summary, SUMMARY_ID } from './summary.tsx';
import { TagField } from './tag-field.tsx';

interface JobFormProps {
  readonly initial: Draft;
  readonly pending: boolean;
  readonly words: { readonly send: string; readonly sending: string };
  readonly cancelTo: string;
  /** Resolves with what went wrong, if something did. */
  readonly send: (fields: JobFields) => Promise<ApiError | undefined>;
}

export function JobForm({ initial, pending, words, cancelTo, send }: JobFormProps) {
  const [draft, setDraft] = useState(initial);
  const [typedTag, setTypedTag] = useState('');
  const { rules, failure, judge, forget } = useFailure();
  const set = (name: FieldName, value: Partial<Draft>) => {
    setDraft((before) => ({ ...before, ...value }));
    forget(name);
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (pending) return;
    const whole = { ...draft, tags: addTags(draft.tags, typedTag) };
    setDraft(whole);
    setTypedTag('');
    judge(await send(fieldsOf(whole)), whole);
  };
  const text = (name: Exclude<FieldName, 'tags'>, hint: string, optional = false) => (
    <TextField
      name={name}
      hint={hint}
      optional={optional}
      value={draft[name]}
      errors={rules.byField.get(name) ?? []}
      change={(value) => set(name, { [name]: value })}
    />
  );
  return (
    <form className="form" noValidate onSubmit={(event) => void submit(event)}>
      <Summary error={failure} others={rules.others} />
      {text('title', texts.form.titleHint)}
      {text('company', texts.form.companyHint)}
      {text('location', texts.form.locationHint, true)}
      {text('url', texts.form.urlHint, true)}
      <TagField
        tags={draft.tags}
        typed={typedTag}
        errors={rules.byField.get('tags') ?? []}
        change={(tags, typed) => {
          setTypedTag(typed);
          if (tags !== draft.tags) set('tags', { tags });
        }}
      />
      {text('description', texts.form.descriptionHint)}
      <p className="form-actions">
        <button type="submit" className="button button-red button-wide" aria-disabled={pending}>
          {pending ? words.sending : words.send}
        </button>
        <Link className="plain-link" href={cancelTo}>
          {texts.form.cancel}
        </Link>
      </p>
    </form>
  );
}

/** What the last sending ended with. A fresh failure moves the focus: to the first wrong field, else to the summary. */
function useFailure() {
  const [rules, setRules] = useState(NO_RULES);
  const [failure, setFailure] = useState<ApiError>();
  const toFocus = useRef<string>(undefined);
  useEffect(() => {
    if (toFocus.current === undefined) return;
    document.getElementById(toFocus.current)?.focus();
    toFocus.current = undefined;
  });
  const judge = (error: ApiError | undefined, draft: Draft) => {
    const sorted = error === undefined ? NO_RULES : sortRules(error.rules, draft);
    setRules(sorted);
    setFailure(error);
    if (error === undefined) return;
    const first = FIELDS.find((name) => sorted.byField.has(name));
    toFocus.current = first === undefined ? SUMMARY_ID : controlId(first);
  };
  return { rules, failure, judge, forget: (name: FieldName) => setRules((before) => forgetField(before, name)) };
}
