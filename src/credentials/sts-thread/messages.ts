import type { ExpiringCredentials } from '../types.ts';
import type { UnsentRequest } from '../unsent-request.ts';
import type { CarriedError } from './carried-error.ts';

/** To the thread. Targets and time limits go by numbers, as they are the same for many exchanges. */
export type Order =
  | { readonly type: 'target'; readonly target: number; readonly request: UnsentRequest }
  | { readonly type: 'forget'; readonly target: number }
  | { readonly type: 'preopen'; readonly target: number }
  | AskOrder
  | { readonly type: 'abort'; readonly limit: number };

/** One AssumeRoleWithWebIdentity. */
export interface AskOrder {
  readonly type: 'ask';
  readonly id: number;
  readonly target: number;
  readonly form: string;
  readonly limit: number;
  /** On a connection of its own, which nobody can have given up. */
  readonly afresh: boolean;
}

/** From the thread: the end of one exchange, by its id. */
export interface News {
  readonly id: number;
  /** The answer's Date header. */
  readonly date: string | undefined;
  readonly end: { readonly credentials: ExpiringCredentials } | { readonly error: CarriedError };
}
