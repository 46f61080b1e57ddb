/** What went wrong, out of the client library's nested errors: the protocol's error codes, and one line for people. */

/** Codes of the Kafka protocol that decisions here depend on. */
export const CODE = {
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  INVALID_TOPIC: 17,
  NOT_ENOUGH_REPLICAS: 19,
  TOPIC_AUTHORIZATION_FAILED: 29,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  TOPIC_ALREADY_EXISTS: 36,
  UNKNOWN_TOPIC_ID: 100,
} as const;

/** The protocol's error codes anywhere in `error`; empty where no broker answered. */
export function codesOf(error: unknown): readonly number[] {
  return nested(error).flatMap((each) => {
    const code = (each as { apiCode?: unknown }).apiCode;
    return typeof code === 'number' ? [code] : [];
  });
}

/** One line for people: the innermost reasons, the protocol's own names where a broker answered. */
export function reasonOf(error: unknown): string {
  const innermost = nested(error).filter((each) => children(each).length === 0);
  const lines = innermost.map((each) => {
    const { apiId, serverErrorMessage, message } = each as Partial<Record<string, string>>;
    const said =
      apiId === undefined
        ? (message ?? 'something that is no error')
        : `${apiId}: ${serverErrorMessage ?? message ?? ''}`;
    return said.replaceAll(/\s+/g, ' ').trim();
  });
  return [...new Set(lines.filter((line) => line !== ''))].join('; ') || 'no reason was given';
}

function children(error: unknown): readonly unknown[] {
  const { errors, cause } = error as { errors?: unknown; cause?: unknown };
  return [...(Array.isArray(errors) ? errors : []), ...(cause === undefined ? [] : [cause])];
}

function nested(error: unknown): readonly object[] {
  if (typeof error !== 'object' || error === null) return [new Error(String(error))];
  return [error, ...children(error).flatMap((each) => nested(each))];
}
