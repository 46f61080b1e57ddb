/** A message in the place of content: nothing here, not yet, or not reachable. */
import type { ReactNode } from 'react';
import type { ApiError } from '../api/request.ts';
import { texts } from '../texts.ts';

interface NoticeProps {
  readonly title?: string;
  readonly text: string;
  readonly detail?: string | undefined;
  readonly role?: 'alert';
  readonly children?: ReactNode;
}

export function Notice({ title, text, detail, role, children }: NoticeProps) {
  return (
    <div className="notice" role={role}>
      {title !== undefined && <p className="notice-title">{title}</p>}
      <p>{text}</p>
      {detail !== undefined && <p className="notice-detail">{detail}</p>}
      {children !== undefined && <p className="notice-actions">{children}</p>}
    </div>
  );
}

/** Why a request failed, for people. */
export function failureText(error: ApiError): string {
  if (error.code === 'NETWORK') return texts.failure.network;
  if (error.code === 'VIEW_BEHIND') return texts.failure.behind;
  return texts.failure.unexpected;
}

/** The server's own words, where it gave any. */
export function failureDetail(error: ApiError): string | undefined {
  return error.code === 'NETWORK' ? undefined : `${error.message} (${error.code})`;
}

export function FailureNotice({ error, retry }: { error: ApiError; retry: () => void }) {
  return (
    <Notice role="alert" title={texts.failure.title} text={failureText(error)} detail={failureDetail(error)}>
      <button type="button" className="button" onClick={retry}>
        {texts.failure.retry}
      </button>
    </Notice>
  );
}

export function BuildingNotice() {
  return (
    <div className="building">
      <Notice title={texts.building.title} text={texts.building.text} />
    </div>
  );
}
