import { Connections } from '../connections.ts';
import { type FormTarget, type HttpAnswer, postForm } from '../post-form.ts';
import { dropIdle } from '../stale-connections.ts';
import { credentialsIn } from '../web-identity-answer.ts';
import { packed } from './carried-error.ts';
import type { AskOrder, News, Order } from './messages.ts';

/** What the thread does: posts forms, reads what is answered, and tells how each ended. */
export class Exchanges {
  readonly #connections = new Connections();
  readonly #tell: (news: News) => void;
  readonly #targets = new Map<number, FormTarget>();
  readonly #limits = new Map<number, { readonly abort: AbortController; open: number }>();

  constructor(tell: (news: News) => void) {
    this.#tell = tell;
  }

  take(order: Order): void {
    switch (order.type) {
      case 'target':
        this.#targets.set(order.target, this.#connections.target(order.request));
        break;
      case 'forget':
        this.#targets.delete(order.target);
        break;
      case 'preopen':
        this.#connections.preopen(this.#target(order.target));
        break;
      case 'ask':
        void this.#ask(order);
        break;
      case 'abort':
        this.#limits.get(order.limit)?.abort.abort();
        break;
    }
  }

  async #ask({ id, target: number, form, limit, afresh }: AskOrder): Promise<void> {
    let answer: HttpAnswer | undefined;
    const abort = this.#begin(limit);
    try {
      const target = this.#target(number);
      if (afresh) dropIdle(target.options.agent);
      answer = await postForm(target, form, abort);
      this.#tell({ id, date: answer.date, end: { credentials: credentialsIn(answer) } });
    } catch (error) {
      this.#tell({ id, date: answer?.date, end: { error: packed(error) } });
    } finally {
      this.#end(limit);
    }
  }

  #target(number: number): FormTarget {
    const target = this.#targets.get(number);
    if (target === undefined) throw new Error(`there is no target ${number}`);
    return target;
  }

  #begin(number: number): AbortSignal {
    const limit = this.#limits.get(number) ?? { abort: new AbortController(), open: 0 };
    limit.open += 1;
    this.#limits.set(number, limit);
    return limit.abort.signal;
  }

  #end(number: number): void {
    const limit = this.#limits.get(number);
    if (limit !== undefined && --limit.open === 0) this.#limits.delete(number);
  }
}
