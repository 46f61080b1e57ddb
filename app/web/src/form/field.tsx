/** A labelled row of the form: label and hint beside the control, what is wrong with it under it. */
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';
import type { FieldName } from './draft.ts';

export const controlId = (name: FieldName): string => `field-${name}`;

/** What a control needs so that its hint and its errors are read out with it. */
export function describedBy(name: FieldName, errors: readonly string[]) {
  const hint = `${controlId(name)}-hint`;
  return {
    id: controlId(name),
    'aria-describedby': errors.length > 0 ? `${controlId(name)}-error ${hint}` : hint,
    'aria-invalid': errors.length > 0 ? true : undefined,
  };
}

interface FieldRowProps {
  readonly name: FieldName;
  readonly label: string;
  readonly hint: string;
  readonly errors: readonly string[];
  readonly optional?: boolean;
  readonly children: ReactNode;
}

export function FieldRow({ name, label, hint, errors, optional = false, children }: FieldRowProps) {
  return (
    <div className={errors.length > 0 ? 'field field-wrong' : 'field'}>
      <div className="field-words">
        <label htmlFor={controlId(name)}>
          {label} {optional && <span className="field-optional">{texts.form.optional}</span>}
        </label>
        <p className="field-hint" id={`${controlId(name)}-hint`}>
          {hint}
        </p>
      </div>
      <div className="field-control">
        {children}
        {errors.length > 0 && (
          <p className="field-error" id={`${controlId(name)}-error`}>
            {errors.join(' · ')}
          </p>
        )}
      </div>
    </div>
  );
}

interface TextFieldProps {
  readonly name: 'title' | 'company' | 'location' | 'url' | 'description';
  readonly hint: string;
  readonly value: string;
  readonly errors: readonly string[];
  readonly change: (value: string) => void;
  readonly optional?: boolean;
}

export function TextField({ name, hint, value, errors, change, optional = false }: TextFieldProps) {
  const shared = {
    ...describedBy(name, errors),
    name,
    value,
    dir: name === 'url' ? ('ltr' as const) : ('auto' as const),
    'aria-required': optional ? undefined : true,
    autoComplete: name === 'company' ? 'organization' : 'off',
  };
  return (
    <FieldRow name={name} label={texts.form[name]} hint={hint} errors={errors} optional={optional}>
      {name === 'description' ? (
        <textarea {...shared} rows={10} onChange={(event) => change(event.target.value)} />
      ) : (
        <input {...shared} type={name === 'url' ? 'url' : 'text'} onChange={(event) => change(event.target.value)} />
      )}
    </FieldRow>
  );
}
