import type { SigningConfig } from '../config/index.ts';
import { RequestError } from '../errors/index.ts';
import { BodySendMode } from './messages.ts';

/** How the filter sends a request's body; undefined where it does not say, as Envoys before 1.33. */
export type BodyMode = number | undefined;

const MODE_NAMES = new Map<BodyMode, string>(Object.entries(BodySendMode).map(([name, value]) => [value, name]));

/**
 * Checks that a request with a body can be signed under the filter's processing mode: releasing the headers of a body
 * that never comes here would let the request out unsigned.
 * @throws RequestError SIGV4_PROCESSING_MODE, naming the Envoy setting to change
 */
export function requireServableBody(config: SigningConfig, mode: BodyMode): void {
  if (config.payload === 'unsigned' && mode !== BodySendMode.GRPC) return;
  if (config.payload === 'signed' && mode === BodySendMode.BUFFERED) return;
  const name = MODE_NAMES.get(mode) ?? 'unknown';
  throw new RequestError(
    'SIGV4_PROCESSING_MODE',
    `payload: ${config.payload} cannot be served with request_body_mode: ${name}; set the ext_proc filter's processing_mode.request_body_mode to BUFFERED`,
  );
}

/** Whether Envoy keeps the request until it has the body, so that one without an end would hang. */
export function holdsTheBodyBack(mode: BodyMode): boolean {
  return mode === BodySendMode.BUFFERED || mode === BodySendMode.BUFFERED_PARTIAL;
}
