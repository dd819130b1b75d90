/** What takes what comes on a stream. An error that it throws ends the stream, by a reset, and no other. */
export interface StreamHandler {
  /** @param bytes a view of memory that nothing else is written to */
  onData(bytes: Buffer): void;
  /** The peer has sent all that it wanted to. */
  onEnd(): void;
  /** What could not be sent at once is on its way. */
  onDrain(): void;
  /** The stream is over. @param wasReset by either side, or because the connection is no more */
  onClose(wasReset: boolean): void;
}
