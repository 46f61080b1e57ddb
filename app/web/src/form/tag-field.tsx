/** Tags: typed one after the other, each removable again. */
import type { ClipboardEvent, KeyboardEvent } from 'react';
import { useRef, useState } from 'react';
import { texts } from '../texts.ts';
import { addTags } from './draft.ts';
import { describedBy, FieldRow } from './field.tsx';

interface TagFieldProps {
  readonly tags: readonly string[];
  /** What stands in the input, not a tag yet; sending the form makes it one. */
  readonly typed: string;
  readonly errors: readonly string[];
  readonly change: (tags: readonly string[], typed: string) => void;
}

export function TagField({ tags, typed, errors, change }: TagFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [said, say] = useState('');
  const add = (text: string) => {
    const next = addTags(tags, text);
    if (next.length > tags.length) say(texts.form.tagAdded(next.slice(tags.length).join(', ')));
    change(next, '');
  };
  const remove = (tag: string) => {
    say(texts.form.tagRemoved(tag));
    change(
      tags.filter((other) => other !== tag),
      typed,
    );
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes, Enter and comma belong to it.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && typed.trim() !== '') {
      event.preventDefault();
      add(typed);
    }
    const last = tags.at(-1);
    if (event.key === 'Backspace' && typed === '' && last !== undefined) remove(last);
  };
  const onPaste = (event: ClipboardEvent) => {
    const pasted = event.clipboardData.getData('text');
    if (!pasted.includes(',') && !pasted.includes('\n')) return;
    event.preventDefault();
    add(`${typed}${pasted}`);
  };
  return (
    <FieldRow name="tags" label={texts.form.tags} hint={texts.form.tagsHint} errors={errors} optional>
      <div className="tag-box">
        <TagList tags={tags} remove={remove} />
        <input
          ref={input}
          {...describedBy('tags', errors)}
          type="text"
          dir="auto"
          autoComplete="off"
          value={typed}
          onChange={(event) => {
            const text = event.target.value;
            if (/[,،、，]$/.test(text) && !(event.nativeEvent as InputEvent).isComposing) add(text);
            else change(tags, text);
          }}
          onKeyDown={onKeyDown}
          onPaste={onPaste}
        />
      </div>
      <output className="unseen">{said}</output>
    </FieldRow>
  );
}

function TagList({ tags, remove }: { tags: readonly string[]; remove: (tag: string) => void }) {
  if (tags.length === 0) return null;
  return (
    <ul className="tag-list" aria-label={texts.form.tagList}>
      {tags.map((tag) => (
        <li key={tag} className="tag-chip">
          <bdi>{tag}</bdi>
          <button
            type="button"
            className="icon-button"
            aria-label={texts.form.removeTag(tag)}
            onClick={() => remove(tag)}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}
