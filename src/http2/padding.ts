import { ConnectionError, ErrorCode, Flag } from './codes.ts';

/**
 * What a frame's payload holds besides padding.
 * @throws ConnectionError where there is more padding than payload
 * @see https://www.rfc-editor.org/rfc/rfc9113 §6.1
 */
export function withoutPadding(flags: number, payload: Buffer): Buffer {
  if ((flags & Flag.PADDED) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined) throw new ConnectionError(ErrorCode.FRAME_SIZE_ERROR, 'a padded frame without padding');
  if (padding >= payload.length) throw new ConnectionError(ErrorCode.PROTOCOL_ERROR, 'more padding than payload');
  return payload.subarray(1, payload.length - padding);
}
