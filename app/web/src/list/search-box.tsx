/** The search field. What is typed goes into the address after a short pause, in place of the former search. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { navigate } from 'wouter/use-browser-location';
import type { Narrowing } from '../api/jobs.ts';
import { texts } from '../texts.ts';
import { listPath, without } from './narrowing.ts';
import { FOCUS_SEARCH, SEARCH_ID } from './search-key.ts';

const PAUSE_MS = 250;

export function SearchBox({ narrowing }: { narrowing: Narrowing }) {
  const input = useRef<HTMLInputElement>(null);
  const { text, type, flush } = useTypedSearch(narrowing);
  useEffect(() => {
    if (history.state === FOCUS_SEARCH) input.current?.focus();
  }, []);
  const clear = () => {
    flush('');
    input.current?.focus();
  };
  return (
    <search>
      <form
        className="search"
        onSubmit={(event) => {
          event.preventDefault();
          flush(text);
        }}
      >
        <label htmlFor={SEARCH_ID}>{texts.list.search}</label>
        <div className="search-line">
          <input
            ref={input}
            id={SEARCH_ID}
            type="search"
            enterKeyHint="search"
            autoComplete="off"
            spellCheck={false}
            dir="auto"
            aria-keyshortcuts="/"
            placeholder={texts.list.searchHint}
            value={text}
            onChange={(event) => type(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape' && text !== '') flush('');
            }}
          />
          {text === '' ? (
            <kbd aria-hidden="true">{texts.list.searchKey}</kbd>
          ) : (
            <button type="button" className="icon-button" aria-label={texts.list.clearSearch} onClick={clear}>
              ×
            </button>
          )}
        </div>
      </form>
    </search>
  );
}

/** `type` waits for a pause in the typing, `flush` does not. A change of the address by others shows in the text. */
function useTypedSearch(narrowing: Narrowing) {
  const asked = narrowing.q ?? '';
  const [text, setText] = useState(asked);
  // What we put into the address ourselves must not overwrite what has been typed since.
  const own = useRef(asked);
  useEffect(() => {
    if (asked === own.current) return;
    own.current = asked;
    setText(asked);
  }, [asked]);
  const flush = useCallback(
    (next: string) => {
      const q = next.trim();
      setText(next);
      if (q === asked) return;
      own.current = q;
      const others = without(narrowing, 'q');
      navigate(listPath(q === '' ? others : { ...others, q }), { replace: true });
    },
    [narrowing, asked],
  );
  useEffect(() => {
    const timer = setTimeout(() => flush(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text, flush]);
  return { text, type: setText, flush };
}
