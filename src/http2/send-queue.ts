import type { OnWritten } from './frame-writer.ts';

interface QueuedPayload {
  readonly payload: Buffer;
  /** How many of its bytes are sent. */
  sent: number;
  readonly onWritten: OnWritten | undefined;
}

/** What of a stream's answer waits until its peer and the network take it, in order. */
export class SendQueue {
  readonly #payloads: QueuedPayload[] = [];
  /** What ends the answer behind all payloads, encoded. */
  trailers: Buffer | undefined;

  get first(): QueuedPayload | undefined {
    return this.#payloads[0];
  }

  add(payload: Buffer, sent: number, onWritten: OnWritten | undefined): void {
    this.#payloads.push({ payload, sent, onWritten });
  }

  shift(): void {
    this.#payloads.shift();
  }

  /** To be called where none of it will be sent any more. */
  drop(): void {
    // Of what has begun to be sent the socket may still hold a part.
    for (const { sent, onWritten } of this.#payloads) if (sent === 0) onWritten?.();
  }
}
