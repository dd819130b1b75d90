import type { ServerConnection } from '../http2/index.ts';

/** How long a peer may take to hear that it is to go elsewhere; streams that it opens until then are served. */
const NOTICE_MS = 1_000;

/** The HTTP/2 connections that are open. */
export class Sessions {
  readonly #open = new Set<ServerConnection>();
  readonly #leaving = new WeakSet<ServerConnection>();
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  get size(): number {
    return this.#open.size;
  }

  add(session: ServerConnection): void {
    this.#open.add(session);
    session.onceClosed(() => {
      this.#open.delete(session);
      if (this.#open.size === 0) this.#onEmpty?.();
    });
    if (this.#isDraining) this.#dismiss(session);
  }

  /** Has the peer of one connection take its further calls elsewhere; those under way on it end in peace. */
  dismissOne(): void {
    for (const session of this.#open) {
      if (this.#leaving.has(session)) continue;
      this.#dismiss(session);
      return;
    }
  }

  /** The same for all, and resolves when they are closed; those that are not after the grace are broken off. */
  async drain(graceMs: number): Promise<void> {
    this.#isDraining = true;
    if (this.#open.size === 0) return;
    const closed = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const session of this.#open) this.#dismiss(session);
    const deadline = setTimeout(() => {
      for (const session of this.#open) session.destroy();
    }, graceMs);
    await closed;
    clearTimeout(deadline);
  }

  /**
   * In two steps, as RFC 9113 §6.8 has it: at once the notice, and only when the peer must have heard it the last
   * word, behind which new streams are refused.
   */
  #dismiss(session: ServerConnection): void {
    this.#leaving.add(session);
    if (session.isClosed) return;
    session.announceEnd();
    const lastWord = setTimeout(() => session.finish(), NOTICE_MS).unref();
    session.onceClosed(() => clearTimeout(lastWord));
  }
}
