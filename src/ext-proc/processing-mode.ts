import type { SigningConfig } from '../config/index.ts';
import { RequestError } from '../errors/index.ts';
import type { BodyDelivery } from '../signer/index.ts';
import { BodySendMode, type ProcessingRequest } from './messages.ts';

/** How the filter sends a request's body; undefined where it does not say, as Envoys before 1.33. */
export type BodyMode = number | undefined;

/** How both bodies come, as the first message says it. */
export interface BodyModes {
  request?: BodyMode;
  response?: BodyMode;
}

/** @throws RequestError where the filter ignores every answer */
export function bodyModes({ observability_mode, protocol_config }: ProcessingRequest): BodyModes {
  if (observability_mode) {
    throw new RequestError('SIGV4_PROCESSING_MODE', 'observability_mode ignores every answer; set it to false');
  }
  if (protocol_config === undefined) return {};
  const { request_body_mode = BodySendMode.NONE, response_body_mode = BodySendMode.NONE } = protocol_config;
  return { request: request_body_mode, response: response_body_mode };
}

const MODE_NAMES = new Map<BodyMode, string>(Object.entries(BodySendMode).map(([name, value]) => [value, name]));

/** What a mode makes of the body; in NONE, STREAMED and BUFFERED_PARTIAL the headers do not wait for its end. */
export function deliveryOf(mode: BodyMode): BodyDelivery {
  switch (mode) {
    case BodySendMode.BUFFERED:
      return 'whole';
    case BodySendMode.FULL_DUPLEX_STREAMED:
      return 'duplex';
    case BodySendMode.NONE:
    case BodySendMode.STREAMED:
    case BodySendMode.BUFFERED_PARTIAL:
      return 'beside';
    case BodySendMode.GRPC:
      return 'grpc messages';
    default:
      return 'unknown';
  }
}

/** Says which setting of the filter's to change. */
export function unservableMode({ payload }: SigningConfig, mode: BodyMode, needs: 'whole' | 'duplex'): RequestError {
  const name = MODE_NAMES.get(mode) ?? 'unknown';
  const setting =
    needs === 'whole'
      ? 'request_body_mode to BUFFERED'
      : 'request_body_mode to FULL_DUPLEX_STREAMED and processing_mode.request_trailer_mode to SEND';
  return new RequestError(
    'SIGV4_PROCESSING_MODE',
    `payload: ${payload} cannot be served with request_body_mode: ${name}; set the ext_proc filter's processing_mode.${setting}`,
  );
}

/** Whether Envoy keeps the request until it has the body, so that one without an end would hang. */
export function holdsTheBodyBack(mode: BodyMode): boolean {
  return mode === BodySendMode.BUFFERED || mode === BodySendMode.BUFFERED_PARTIAL;
}

/** Whether Envoy itself has the body, or never shows it, so that the stream may end before the body does. */
export function letsGoOfTheBody(mode: BodyMode): boolean {
  return mode === BodySendMode.NONE || mode === BodySendMode.BUFFERED;
}
