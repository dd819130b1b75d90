import type { Signer } from '../model/signer.ts';
import type { Rule } from './rule.ts';
import { signing } from './signed-parts.ts';

export const failureModeAllow: Rule = {
  id: 'envoy/failure-mode-allow',
  severity: 'error',
  title: "While the signer does not answer, requests leave unsigned, with the caller's token still on them.",
  fix: 'Set failure_mode_allow: false (failOpen: false in gateways; kgateway takes true where nothing is set).',
  *check({ signers }) {
    for (const { failOpen, filterName } of signers) {
      if (!failOpen.value) continue;
      const how = failOpen.isSet ? 'fails open' : 'fails open by default';
      yield {
        at: failOpen.at,
        message: `the signer (${filterName}) ${how}: when it cannot be reached, requests leave unsigned`,
      };
    }
  },
};

export const observabilityMode: Rule = {
  id: 'envoy/observability-mode',
  severity: 'error',
  title: 'With observability_mode Envoy waits for no answer and applies none: every request leaves unsigned.',
  fix: 'Take observability_mode out.',
  *check({ signers }) {
    for (const { observes, filterName } of signers) {
      if (observes) yield { at: observes, message: `Envoy ignores every answer of the signer (${filterName})` };
    }
  },
};

export const requestHeadersSkipped: Rule = {
  id: 'envoy/request-headers-skipped',
  severity: 'error',
  title:
    'The signer is not sent the request headers: requests without a body leave unsigned, the others are answered 500.',
  fix: 'Set processing_mode.request_header_mode: SEND. In Envoy Gateway: processingMode.request has to be there.',
  *check({ signers }) {
    for (const { modes, filterName } of signers) {
      const { value, at } = modes.requestHeaders;
      if (value === 'SKIP') yield { at, message: `the signer (${filterName}) does not see the request's headers` };
    }
  },
};

export const refusalsIgnored: Rule = {
  id: 'envoy/refusals-ignored',
  severity: 'error',
  title:
    "Envoy does not take the signer's own answers: instead of 401 and 403 clients get 500, and where the filter fails open what was refused leaves unsigned.",
  fix: 'Take disable_immediate_response out.',
  *check({ signers }) {
    for (const { refusesAnswers, filterName } of signers) {
      if (refusesAnswers) yield { at: refusesAnswers, message: `refusals of the signer (${filterName}) are not taken` };
    }
  },
};

export const headersHidden: Rule = {
  id: 'envoy/headers-hidden',
  severity: 'warning',
  title:
    'Some headers are kept from the signer: it cannot sign what it does not see, and AWS refuses unsigned x-amz-*.',
  fix: "Take forward_rules (ext_authz: allowed_headers) out, or allow host, content-*, x-amz-*, the token's header and the routes' signed_headers.",
  *check({ signers }) {
    for (const { hidesHeaders, filterName } of signers) {
      if (hidesHeaders) yield { at: hidesHeaders, message: `the signer (${filterName}) does not see every header` };
    }
  },
};

export const metadataWithoutSigner: Rule = {
  id: 'envoy/metadata-without-signer',
  severity: 'error',
  title: 'A route carries signing config, and no signer stands on its way: its requests leave unsigned.',
  fix: "Put the ext_proc filter into the listener's http_filters or into those of the route's cluster, or take the config off the route.",
  *check({ unsigned }) {
    for (const { route, layers, disabledBy } of unsigned) {
      const why = disabledBy
        ? `the signer (${disabledBy.filterName}) is disabled for it`
        : 'no signer stands on its way';
      yield { at: layers.at(-1)?.at ?? route.at, message: `${route.label} has signing config, but ${why}` };
    }
  },
};

export const signedTwice: Rule = {
  id: 'envoy/signed-twice',
  severity: 'warning',
  title: 'Two signers stand on the way of one route: the second signs what the first has signed.',
  fix: 'Keep one: switch the other off for the route with typed_per_filter_config and disabled: true.',
  *check({ ways }) {
    const seen = new Map<string, Signer>();
    for (const { route, signer, cluster } of signing(ways)) {
      const key = `${route.at.file} ${route.at.path} ${cluster?.name ?? ''}`;
      const other = seen.get(key);
      // Two documents may be there to choose from.
      if (other !== undefined && other.at.origin === signer.at.origin && other.at.path !== signer.at.path) {
        yield {
          at: route.at,
          message: `${route.label} meets more than one signer, the last of them ${signer.filterName}`,
        };
      }
      seen.set(key, signer);
    }
  },
};
