import { ConnectionError, ErrorCode } from './codes.ts';
import { MOST_PAYLOAD_BYTES } from './frame-reader.ts';

/** @see https://www.rfc-editor.org/rfc/rfc9113 §6.5.2 */
export const Setting = {
  ENABLE_PUSH: 2,
  MAX_CONCURRENT_STREAMS: 3,
  INITIAL_WINDOW_SIZE: 4,
  MAX_FRAME_SIZE: 5,
  MAX_HEADER_LIST_SIZE: 6,
} as const;

export const INITIAL_WINDOW_BYTES = 65_535;
export const LARGEST_STREAM_ID = 2 ** 31 - 1;
export const LARGEST_WINDOW_BYTES = 2 ** 31 - 1;

const LARGEST_FRAME_BYTES = 2 ** 24 - 1;
/** Larger ones are not sent to who would take them: between two of them is seen how much waits to be read. */
const LARGEST_SENT_BYTES = 256 * 1024;
const ENTRY_BYTES = 6;

/** What of a peer's settings counts for who only answers. */
export class PeerSettings {
  initialWindowBytes = INITIAL_WINDOW_BYTES;
  mostFrameBytes = MOST_PAYLOAD_BYTES;

  /** @throws ConnectionError for values that are not allowed */
  apply(payload: Buffer): void {
    if (payload.length % ENTRY_BYTES !== 0) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'SETTINGS');
    for (let at = 0; at < payload.length; at += ENTRY_BYTES) {
      this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    }
  }

  #set(id: number, value: number): void {
    switch (id) {
      case Setting.ENABLE_PUSH:
        if (value > 1) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'SETTINGS_ENABLE_PUSH');
        return;
      case Setting.INITIAL_WINDOW_SIZE:
        if (value > LARGEST_WINDOW_BYTES)
          throw new ConnectionError(ErrorCode.FLOW_CONTROL_ERROR, 'SETTINGS_INITIAL_WINDOW_SIZE');
        this.initialWindowBytes = value;
        return;
      case Setting.MAX_FRAME_SIZE:
        if (value < MOST_PAYLOAD_BYTES || value > LARGEST_FRAME_BYTES)
          throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'SETTINGS_MAX_FRAME_SIZE');
        this.mostFrameBytes = Math.min(value, LARGEST_SENT_BYTES);
    }
  }
}
