/** Above the form: what is wrong and belongs to none of its fields. */
import type { ApiError } from '../api/request.ts';
import { failureDetail, failureText } from '../parts/notice.tsx';
import { texts } from '../texts.ts';

export const SUMMARY_ID = 'form-summary';

export function Summary({ error, others }: { error: ApiError | undefined; others: readonly string[] }) {
  if (error === undefined) return null;
  const aboutFields = error.rules.length > 0;
  if (aboutFields && others.length === 0) return null;
  return (
    <div className="summary" id={SUMMARY_ID} role="alert" tabIndex={-1}>
      <p className="summary-title">{aboutFields ? texts.form.rulesProblem : texts.form.problem}</p>
      {aboutFields ? (
        <ul>
          {others.map((message) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      ) : (
        <Reason error={error} />
      )}
    </div>
  );
}

function Reason({ error }: { error: ApiError }) {
  if (error.code === 'IDEMPOTENCY_KEY_REUSED') return <p>{texts.form.keyReused}</p>;
  const detail = failureDetail(error);
  return (
    <>
      <p>
        {failureText(error)} {texts.form.notSaved}
      </p>
      {detail !== undefined && <p className="notice-detail">{detail}</p>}
    </>
  );
}
