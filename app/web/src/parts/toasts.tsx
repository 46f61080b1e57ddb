/** Short messages about what was done; screen readers hear them, F6 goes to them. */
import { Toast } from '@base-ui/react/toast';
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';

const SHOWN_MS = 6000;

export function Toasts({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider timeout={SHOWN_MS} limit={1}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toasts" aria-label={texts.done.region}>
          <Shown />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function Shown() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      <Toast.Content className="toast-content">
        <div className="toast-words">
          <Toast.Title className="toast-title" />
          <Toast.Description className="toast-text" dir="auto" />
        </div>
        <Toast.Close className="toast-close" aria-label={texts.done.dismiss}>
          ×
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}

/** Says what was done, and to which posting. */
export function useAnnounceDone(): (what: string, title: string) => void {
  const { add } = Toast.useToastManager();
  return (what, title) => void add({ title: what, description: title });
}
