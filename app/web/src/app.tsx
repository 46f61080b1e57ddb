/** The shell around every page, and which page the address means. */
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { usePathname } from 'wouter/use-browser-location';
import { createQueryClient } from './api/queries.ts';
import { DetailsPage } from './details/details-page.tsx';
import { EditPage } from './form/edit-page.tsx';
import { NewPage } from './form/new-page.tsx';
import { ListPage } from './list/list-page.tsx';
import { useSearchKey } from './list/search-key.ts';
import { NotFoundPage } from './parts/not-found-page.tsx';
import { Toasts } from './parts/toasts.tsx';
import { parseRoute } from './routes.ts';
import { texts } from './texts.ts';

export function App() {
  const [client] = useState(createQueryClient);
  return (
    <QueryClientProvider client={client}>
      <Toasts>
        <Shell />
      </Toasts>
    </QueryClientProvider>
  );
}

function Shell() {
  const pathname = usePathname();
  useSearchKey();
  return (
    <>
      <a className="skip" href="#main">
        {texts.skip}
      </a>
      <header className="masthead">
        <Link className="masthead-name" href="/">
          {texts.board}
        </Link>
        {pathname !== '/new' && (
          <Link className="button button-ink" href="/new">
            {texts.post}
          </Link>
        )}
      </header>
      <main id="main" tabIndex={-1}>
        <Page pathname={pathname} />
      </main>
      <footer className="footer">
        <p>
          {texts.footer} <a href="/api/job">/api/job</a>
        </p>
      </footer>
    </>
  );
}

function Page({ pathname }: { pathname: string }) {
  const route = parseRoute(pathname);
  switch (route.page) {
    case 'list':
      return <ListPage />;
    case 'new':
      return <NewPage />;
    case 'details':
      return <DetailsPage key={route.id} id={route.id} />;
    case 'edit':
      return <EditPage key={route.id} id={route.id} />;
    case 'not-found':
      return <NotFoundPage />;
  }
}
