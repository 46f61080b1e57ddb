/** The key / goes to the search, from every page. */
import { useEffect } from 'react';
import { navigate } from 'wouter/use-browser-location';
import { rememberedListPath } from './narrowing.ts';

export const SEARCH_ID = 'search';

/** As history state: the list is to begin with the focus in its search. */
export const FOCUS_SEARCH = 'focus-search';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches('input, textarea, select'));
}

function onKey(event: KeyboardEvent): void {
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  if (event.key !== '/' || modified || event.defaultPrevented || isTyping(event.target)) return;
  if (document.querySelector('[role="alertdialog"]') !== null) return;
  event.preventDefault();
  const search = document.getElementById(SEARCH_ID);
  if (search instanceof HTMLInputElement) {
    search.focus();
    search.select();
  } else navigate(rememberedListPath(), { state: FOCUS_SEARCH });
}

export function useSearchKey(): void {
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
