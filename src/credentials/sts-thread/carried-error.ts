import { SignerError } from '../../errors/index.ts';
import { metStaleConnection, rememberStale } from '../stale-connections.ts';
import { StsErrorAnswer } from '../sts-error-answer.ts';
import { unreadableAnswer } from '../sts-errors.ts';

/** An error as a message between threads has it: what is cloned by itself loses its class, its code and its parts. */
export type CarriedError =
  | {
      readonly kind: 'answer';
      readonly code: string;
      readonly message: string;
      readonly status: number;
      readonly requestId: string | undefined;
    }
  | { readonly kind: 'unreadable answer' }
  | OtherError;

interface OtherError {
  readonly kind: 'other';
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Node's, such as ECONNREFUSED. */
  readonly code: unknown;
  /** Of a connection that was tried at several addresses. */
  readonly errors: readonly CarriedError[] | undefined;
  readonly isStale: boolean;
}

export function packed(error: unknown): CarriedError {
  if (error instanceof StsErrorAnswer) {
    const { name: code, message, status, requestId } = error;
    return { kind: 'answer', code, message, status, requestId };
  }
  // The one error of ours that reading an answer ends with.
  if (error instanceof SignerError) return { kind: 'unreadable answer' };
  const { name, message, stack, code } = (
    error instanceof Error ? error : new Error(`${error}`)
  ) as NodeJS.ErrnoException;
  const errors = error instanceof AggregateError ? error.errors.map(packed) : undefined;
  return { kind: 'other', name, message, stack, code, errors, isStale: metStaleConnection(error) };
}

export function unpacked(carried: CarriedError): Error {
  if (carried.kind === 'unreadable answer') return unreadableAnswer();
  if (carried.kind === 'answer') {
    const { code, message, status, requestId } = carried;
    return new StsErrorAnswer(code, message, { status, requestId });
  }
  const { name, message, stack, code, errors, isStale } = carried;
  const error = errors ? new AggregateError(errors.map(unpacked), message) : new Error(message);
  Object.assign(error, { name, stack }, code !== undefined && { code });
  if (isStale) rememberStale(error);
  return error;
}
