import type { ErrorCode } from './codes.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ServerStream } from './server-stream.ts';

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly writer: FrameWriter;
  /** How much of so many bytes may be sent now, which counts as sent. */
  claim(bytes: number): number;
  /** Has `pump` called when the connection may send more. */
  await(stream: ServerStream): void;
  /**
   * Resets a stream for what its peer did, which counts as a reset of the peer's.
   * @throws ConnectionError ENHANCE_YOUR_CALM
   */
  refuse(streamId: number, code: ErrorCode): void;
  /** A stream was ended for an error that is this side's own. */
  onDefect(error: unknown): void;
  /** @param isPeerOpen whether the peer may not know yet that the stream is over */
  forget(stream: ServerStream, isPeerOpen: boolean): void;
}
