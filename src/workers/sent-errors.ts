/** Errors on their way between threads: cloning would turn their classes into plain `Error`. */

import { InputError, type InputPlace, LogitscopeError, UsageError } from '../types/errors.js';

export interface SentError {
  readonly kind: 'input' | 'usage' | 'library' | 'other';
  readonly code: string;
  readonly message: string;
  readonly place: InputPlace;
  readonly stack: string | undefined;
}

export function sendError(error: unknown): SentError {
  const isError = error instanceof Error;
  return {
    kind:
      error instanceof InputError
        ? 'input'
        : error instanceof UsageError
          ? 'usage'
          : error instanceof LogitscopeError
            ? 'library'
            : 'other',
    code: error instanceof LogitscopeError ? error.code : '',
    message: isError ? error.message : String(error),
    place: error instanceof InputError ? error.place : {},
    stack: isError ? error.stack : undefined,
  };
}

/** An error with the class, code, place and message that it had where it was thrown. */
export function receiveError(sent: SentError): Error {
  const { kind, code, message, place, stack } = sent;
  const error =
    kind === 'input'
      ? new InputError(code, { ...place, problem: message })
      : kind === 'usage'
        ? new UsageError(code, message)
        : kind === 'library'
          ? new LogitscopeError(code, message)
          : new Error(message);
  // The message has its place in it already.
  error.message = message;
  if (stack !== undefined) error.stack = stack;
  return error;
}
