import { constants, type ServerHttp2Session } from 'node:http2';

/** How long a peer may take to hear that it is to go elsewhere; streams that it opens until then are served. */
const NOTICE_MS = 1_000;

/** Of a GOAWAY that refuses nothing: RFC 9113 §6.8. */
const LAST_STREAM_ID = 2 ** 31 - 1;

/** The HTTP/2 connections that are open. */
export class Sessions {
  readonly #open = new Set<ServerHttp2Session>();
  readonly #leaving = new WeakSet<ServerHttp2Session>();
  #isDraining = false;
  #onEmpty: (() => void) | undefined;

  get size(): number {
    return this.#open.size;
  }

  add(session: ServerHttp2Session): void {
    this.#open.add(session);
    session.once('close', () => {
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
  #dismiss(session: ServerHttp2Session): void {
    this.#leaving.add(session);
    if (session.closed || session.destroyed) return;
    session.goaway(constants.NGHTTP2_NO_ERROR, LAST_STREAM_ID);
    const lastWord = setTimeout(() => session.close(), NOTICE_MS).unref();
    session.once('close', () => clearTimeout(lastWord));
  }
}
