/**
 * The one table of errors. Every answer that isn't a success, and every line the command line ends with, names one of
 * these codes; docs/reference/errors.md shows the same table and a test keeps the two equal.
 */

/** What the table says about one code. `status` is the HTTP status; 0 means it never reaches HTTP (start-up only). */
export interface ErrorEntry {
  readonly status: number;
  readonly title: string;
  /** True where sending the same request again later can succeed. */
  readonly retryable: boolean;
  /** What the reader should do, in one sentence. */
  readonly action: string;
}

export const ERRORS = {
  PATH_INVALID: {
    status: 400,
    title: 'The path is not well-formed',
    retryable: false,
    action:
      'Send an id of 1 to 200 code points of well-formed Unicode without control characters, percent-encoded as UTF-8.',
  },
  QUERY_INVALID: {
    status: 400,
    title: 'A query parameter is wrong',
    retryable: false,
    action: 'Correct or remove the parameter that the detail names.',
  },
  CURSOR_INVALID: {
    status: 400,
    title: 'The cursor does not belong to this query',
    retryable: false,
    action: 'Use a cursor only with the parameters of the list that returned it, or start again without one.',
  },
  HEADER_INVALID: {
    status: 400,
    title: 'A header is wrong',
    retryable: false,
    action: 'Correct or remove the header that the detail names.',
  },
  BODY_MALFORMED: {
    status: 400,
    title: 'The body is not JSON in UTF-8',
    retryable: false,
    action: 'Send one JSON object, encoded as UTF-8.',
  },
  REQUEST_MALFORMED: {
    status: 400,
    title: 'The request is not well-formed HTTP',
    retryable: false,
    action: 'Correct the request line and headers.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'There is nothing at this address',
    retryable: false,
    action: 'Check the address; /docs lists the routes.',
  },
  ENTITY_NOT_FOUND: {
    status: 404,
    title: 'There is no such entity',
    retryable: false,
    action: 'Check the id; it may have been deleted.',
  },
  ENTITY_QUARANTINED: {
    status: 404,
    title: "The entity's newest record is in quarantine",
    retryable: false,
    action:
      'Put the entity anew, or delete it: either ends the quarantine. `kmodel quarantine list` shows all such records.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method is not allowed here',
    retryable: false,
    action: 'Use one of the methods in the Allow header.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request did not arrive whole in time',
    retryable: true,
    action: 'Send it again.',
  },
  POSITION_OF_OTHER_LOG: {
    status: 409,
    title: 'The position belongs to another log',
    retryable: false,
    action: 'Drop the position: the log it was made for has been replaced.',
  },
  BODY_TOO_LARGE: {
    status: 413,
    title: 'The body is larger than 1 MiB',
    retryable: false,
    action: 'Send a smaller body.',
  },
  RECORD_TOO_LARGE: {
    status: 413,
    title: 'The entity is larger than the log takes',
    retryable: false,
    action: 'Send a smaller entity, or have the limit raised that the detail names.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    title: 'The body has another media type than application/json',
    retryable: false,
    action: 'Send Content-Type: application/json.',
  },
  ENTITY_INVALID: {
    status: 422,
    title: 'The entity breaks rules of its model',
    retryable: false,
    action: 'Mend each rule listed under errors.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The idempotency key was used with another body',
    retryable: false,
    action: 'Use a new key for a new entity.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The request line and headers are larger than 16 KiB',
    retryable: false,
    action: 'Send fewer or shorter headers.',
  },
  INTERNAL: {
    status: 500,
    title: 'Something unexpected happened here',
    retryable: true,
    action: 'Look at the log of the server; the request id is in it.',
  },
  VIEW_NOT_READY: {
    status: 503,
    title: 'The view is not built yet',
    retryable: true,
    action: 'Send it again after the seconds in Retry-After.',
  },
  VIEW_BEHIND: {
    status: 503,
    title: 'The view has not reached the position in time',
    retryable: true,
    action: 'Send it again after the seconds in Retry-After, or wait longer with Prefer: wait.',
  },
  VIEW_UNAVAILABLE: {
    status: 503,
    title: 'The view can not be read',
    retryable: true,
    action: 'Send it again after the seconds in Retry-After; see the log of the server.',
  },
  VIEW_DOUBTFUL: {
    status: 503,
    title: 'The view is not to be trusted now; it is built anew',
    retryable: true,
    action: 'Send it again after the seconds in Retry-After; GET /status says what was found.',
  },
  VIEW_HELD: {
    status: 503,
    title: 'The log has lost records; the view is held until a person decides',
    retryable: false,
    action: 'An operator decides: GET /status says what was found and names the ways on.',
  },
  LOG_UNAVAILABLE: {
    status: 503,
    title: 'The log does not take writes; nothing was written',
    retryable: true,
    action: 'Send it again after the seconds in Retry-After; see the log of the server.',
  },
  LOG_REFUSES: {
    status: 503,
    title: 'The log refuses writes until an operator mends something; nothing was written',
    retryable: false,
    action: 'Tell the operator what the detail says; sending it again does not help.',
  },
  WRITE_UNCERTAIN: {
    status: 504,
    title: 'The log did not say in time whether it took the write',
    retryable: true,
    action:
      'It may still land. Look at the id in the answer after a while, or send it again: with the same Idempotency-Key it is stored once.',
  },
  SHUTTING_DOWN: {
    status: 503,
    title: 'The server is stopping; nothing was done',
    retryable: true,
    action: 'Send it again after the seconds in Retry-After.',
  },
  MODEL_INVALID: {
    status: 0,
    title: 'A model is ill-formed',
    retryable: false,
    action: 'Change the definition as the message says.',
  },
  APP_INVALID: {
    status: 0,
    title: 'The app can not be loaded',
    retryable: false,
    action: 'Make :app name a module that exports at least one model.',
  },
  CONFIG_INVALID: {
    status: 0,
    title: 'The configuration is wrong',
    retryable: false,
    action: 'Correct the key that the message names.',
  },
  NODE_TOO_OLD: {
    status: 0,
    title: 'This Node.js is too old',
    retryable: false,
    action: 'Run kmodel with Node.js 24 or newer.',
  },
  ADDRESS_IN_USE: {
    status: 0,
    title: 'The address can not be listened on',
    retryable: false,
    action: 'Stop the program that uses the port, or set another :http {:port …}.',
  },
  DATA_DIR_UNUSABLE: {
    status: 0,
    title: 'The data directory can not be used',
    retryable: false,
    action: 'Make the directory writable, or set another :data-dir.',
  },
  DATA_DIR_LOCKED: {
    status: 0,
    title: 'Another process uses the data directory',
    retryable: false,
    action: 'Stop that process, or set another :data-dir.',
  },
  LOG_MISMATCH: {
    status: 0,
    title: 'The log on disk does not fit the model',
    retryable: false,
    action: 'Set the model back to what the log was made with, or use another :data-dir.',
  },
  KAFKA_UNREACHABLE: {
    status: 0,
    title: 'Kafka can not be reached',
    retryable: true,
    action: 'Start the brokers, or correct :producer {:bootstrap.servers …}.',
  },
  TOPIC_UNFIT: {
    status: 0,
    title: 'The topic does not fit the model',
    retryable: false,
    action: 'Run the command that the message shows, or correct the model.',
  },
  REDIS_UNREACHABLE: {
    status: 0,
    title: 'Redis can not be reached',
    retryable: true,
    action: 'Start the server, or correct :redis {:uri …} or :redis {:spec …}.',
  },
  REDIS_UNFIT: {
    status: 0,
    title: 'This Redis can not hold a view',
    retryable: false,
    action: 'Run the command that the message shows, or use another server.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;
