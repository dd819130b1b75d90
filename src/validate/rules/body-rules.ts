import type { PayloadMode, SigningConfig } from '../../config/index.ts';
import type { BodyMode } from '../model/signer.ts';
import type { Rule } from './rule.ts';
import { signing } from './signed-parts.ts';

/** docs/signing.md, "Payload modes". */
const SERVED: Readonly<Record<PayloadMode, readonly BodyMode[]>> = {
  signed: ['BUFFERED'],
  streaming: ['FULL_DUPLEX_STREAMED'],
  unsigned: ['NONE', 'STREAMED', 'BUFFERED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED'],
  passthrough: ['NONE', 'STREAMED', 'BUFFERED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED'],
};

export const bodyMode: Rule = {
  id: 'envoy/body-mode',
  severity: 'error',
  title:
    "The filter does not send bodies in the way that the route's payload mode needs: requests with a body are answered 500.",
  fix: 'Set processing_mode.request_body_mode: BUFFERED for payload: signed, FULL_DUPLEX_STREAMED with request_trailer_mode: SEND for payload: streaming; per route with ExtProcPerRoute.overrides.processing_mode.',
  *check({ ways }) {
    for (const { route, signer, config } of signing(ways)) {
      if (signer.door === 'ext_authz') continue;
      const { value, at } = signer.modes.requestBody;
      if (SERVED[config.payload].includes(value)) continue;
      yield {
        at,
        message: `${route.label}: payload: ${config.payload} cannot be served with request_body_mode: ${value}`,
      };
    }
  },
};

export const duplexTrailers: Rule = {
  id: 'envoy/duplex-trailers',
  severity: 'error',
  title: 'FULL_DUPLEX_STREAMED without request_trailer_mode: SEND: Envoy does not load the filter.',
  fix: 'Set processing_mode.request_trailer_mode: SEND.',
  *check({ signers }) {
    for (const { modes, filterName } of signers) {
      if (modes.requestBody.value !== 'FULL_DUPLEX_STREAMED' || modes.requestTrailers.value === 'SEND') continue;
      yield {
        at: modes.requestTrailers.at,
        message: `the signer (${filterName}) streams bodies but is not sent their trailers`,
      };
    }
  },
};

export const contentLengthDropped: Rule = {
  id: 'envoy/content-length-dropped',
  severity: 'error',
  title: 'Envoy takes content-length off bodies that the signer streams: S3 answers 411 to those of up to 64 KiB.',
  fix: 'Set allow_content_length_header: true on the filter (Envoy 1.38 or newer).',
  *check({ ways }) {
    for (const { route, signer, config } of signing(ways)) {
      const duplex = signer.modes.requestBody.value === 'FULL_DUPLEX_STREAMED';
      if (signer.door === 'ext_authz' || !duplex || config.payload !== 'streaming') continue;
      if (signer.keepsContentLength.value) continue;
      yield { at: signer.keepsContentLength.at, message: `${route.label}: streamed bodies lose their content-length` };
    }
  },
};

const UPSTREAM_FIX = "Put the signer of this route into the listener's http_filters (envoy/streaming.yaml).";

export const streamingUpstream: Rule = {
  id: 'envoy/streaming-upstream',
  severity: 'error',
  title:
    'Streaming in an upstream filter: Envoy loses bodies that end before the connection is there, and requests hang.',
  fix: UPSTREAM_FIX,
  *check({ ways }) {
    for (const { route, signer, config } of signing(ways)) {
      if (signer.placement !== 'upstream' || signer.modes.requestBody.value !== 'FULL_DUPLEX_STREAMED') continue;
      yield {
        at: signer.modes.requestBody.at,
        message: `${route.label}: payload: ${config.payload} is streamed through an upstream filter`,
      };
    }
  },
};

const needsAllOfBody = ({ payload }: SigningConfig) => payload === 'signed' || payload === 'streaming';

export const checkBodyMissing: Rule = {
  id: 'ext-authz/body-missing',
  severity: 'error',
  title: 'ext_authz sends no body, and the route signs it: requests with a body are refused.',
  fix: 'Set with_request_body: {max_request_bytes: 1048576, allow_partial_message: false, pack_as_bytes: true}, or payload: unsigned where the service takes it.',
  *check({ ways }) {
    for (const { route, signer, config } of signing(ways)) {
      if (signer.door !== 'ext_authz' || signer.checkBody || !needsAllOfBody(config)) continue;
      yield {
        at: signer.at,
        message: `${route.label}: payload: ${config.payload} needs the body, which ext_authz does not send`,
      };
    }
  },
};

export const checkBodyPartial: Rule = {
  id: 'ext-authz/body-partial',
  severity: 'error',
  title: 'ext_authz sends the beginning of a longer body: it cannot be signed, and is refused.',
  fix: 'Set allow_partial_message: false, and max_request_bytes to the largest body.',
  *check({ signers }) {
    for (const { checkBody, filterName } of signers) {
      if (checkBody?.partial) yield { at: checkBody.at, message: `${filterName} sends bodies in part` };
    }
  },
};

export const checkBodyText: Rule = {
  id: 'ext-authz/body-as-text',
  severity: 'warning',
  title: 'ext_authz sends the body as a text: one that is not UTF-8 arrives altered, and its signature is wrong.',
  fix: 'Set pack_as_bytes: true.',
  *check({ signers }) {
    for (const { checkBody, filterName } of signers) {
      if (checkBody && !checkBody.asBytes) yield { at: checkBody.at, message: `${filterName} sends bodies as text` };
    }
  },
};
