/** The h1 of a page: names the document, and takes the focus when the page was come to by a click. A new key: a new page. */
import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { texts } from '../texts.ts';

// Wouter announces pushState and replaceState as events of these names. A page that the browser itself loaded keeps the
// browser's focus.
let arrivedBy: 'load' | 'click' | 'history' = 'load';
for (const name of ['pushState', 'replaceState']) addEventListener(name, () => (arrivedBy = 'click'));
addEventListener('popstate', () => (arrivedBy = 'history'));

interface PageHeadingProps {
  readonly title: string;
  readonly className?: string;
  readonly userText?: boolean;
  readonly children?: ReactNode;
}

export function PageHeading({ title, className, userText = false, children }: PageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = texts.documentTitle(title);
  }, [title]);
  useEffect(() => {
    if (arrivedBy === 'load') return;
    // Going back, the browser restores where the page was scrolled to.
    if (arrivedBy === 'click') scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1} className={className} dir={userText ? 'auto' : undefined}>
      {children ?? title}
    </h1>
  );
}
