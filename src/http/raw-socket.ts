/** Answers for what Node refuses before there is a request: they are problem+json too. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { KmodelError } from '../errors.ts';
import { type ProblemAnswer, problemAnswer } from './problem.ts';
import { SECURITY_HEADERS } from './security.ts';

/** Answers a connection whose bytes are no HTTP request, or came too slowly, and closes it. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(clientProblem(error.code)), () => socket.destroy());
}

/** Answers what Node hands over on its own: CONNECT, and expectations other than 100-continue. */
export function answerOddities(server: Server): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const error = new KmodelError('METHOD_NOT_ALLOWED', 'This server is no proxy.', {
      headers: { allow: 'GET, HEAD' },
    });
    socket.end(rawAnswer(error), () => socket.destroy());
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const found = JSON.stringify(request.headers.expect?.slice(0, 80));
    const error = new KmodelError('HEADER_INVALID', `Header Expect: expected 100-continue or none, found ${found}.`);
    const { status, headers, body } = wholeAnswer(error);
    response.writeHead(status, headers).end(body);
  });
}

function clientProblem(code: string | undefined): KmodelError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new KmodelError('REQUEST_TIMEOUT', 'The request did not arrive in time.');
  if (code === 'HPE_HEADER_OVERFLOW')
    return new KmodelError('HEADERS_TOO_LARGE', 'The headers are larger than 16 KiB.');
  return new KmodelError('REQUEST_MALFORMED', 'The bytes received are not an HTTP/1.1 request.');
}

function wholeAnswer(error: KmodelError): ProblemAnswer {
  const { status, headers, body } = problemAnswer(error);
  const framing = { vary: 'Kmodel-Position', 'content-length': String(Buffer.byteLength(body)), connection: 'close' };
  return { status, headers: { ...SECURITY_HEADERS, ...headers, ...framing }, body };
}

function rawAnswer(error: KmodelError): string {
  const { status, headers, body } = wholeAnswer(error);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`;
}
