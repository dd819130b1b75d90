import type { ConfigNode } from '../source/index.ts';
import type { Way } from '../subject/judge.ts';
import type { Hit, Rule } from './rule.ts';

function* refused(ways: readonly Way[], code: string): Generator<Hit> {
  for (const { judgement, route } of ways) {
    if (judgement.kind !== 'refuses' || judgement.error.code !== code) continue;
    const { error, layer } = judgement;
    yield { at: fieldOf(layer?.at, error.message) ?? route.at, message: `${route.label}: ${error.message}` };
  }
}

/** The field that a message speaks of, where the layer holds it. */
function fieldOf(layer: ConfigNode | undefined, message: string): ConfigNode | undefined {
  for (const [word] of message.matchAll(/\w+/g)) {
    const field = layer?.isMap ? layer.get(word) : undefined;
    if (field) return field;
  }
  return layer;
}

export const configInvalid: Rule = {
  id: 'config/invalid',
  severity: 'error',
  title: "A route's signing config is refused: each of its requests is answered 500.",
  fix: "Mend the field; docs/configuration.md and the README's table say what it takes.",
  check: ({ configs }) => refused(configs, 'SIGV4_CONFIG_INVALID'),
};

export const profileUnknown: Rule = {
  id: 'config/profile-unknown',
  severity: 'error',
  title: "A route names a profile that the server's file does not have: each of its requests is answered 500.",
  fix: "Name a profile of the server's file, or add it there.",
  check: ({ configs }) => refused(configs, 'SIGV4_PROFILE_UNKNOWN'),
};

export const routeNotConfigured: Rule = {
  id: 'config/route-not-configured',
  severity: 'warning',
  title: 'A route that leads past the signer has no signing config: each of its requests is answered 500.',
  fix: 'Give it a config in the namespace aws-request-signing, or switch the filter off for it: typed_per_filter_config with disabled: true.',
  *check({ ways }) {
    for (const { judgement, route } of ways) {
      if (judgement.kind !== 'refuses' || judgement.error.code !== 'SIGV4_ROUTE_NOT_CONFIGURED') continue;
      yield {
        at: route.at,
        message: `${route.label} has no signing config, so the signer refuses its requests with 500`,
      };
    }
  },
};

export const unsignedPass: Rule = {
  id: 'config/unsigned-pass',
  severity: 'warning',
  title:
    'Requests leave unsigned by configuration: on_missing_token: pass, or unconfigured: pass for a route without config.',
  fix: 'Leave on_missing_token at deny and unconfigured at refuse, unless what is behind the route decides by itself.',
  *check({ configs }) {
    for (const { judgement, route, layers } of configs) {
      if (judgement.kind === 'passes') {
        yield {
          at: route.at,
          message: `${route.label} has no signing config, and unconfigured: pass forwards it unsigned`,
        };
      }
      if (judgement.kind !== 'signs' || judgement.config.callerToken.onMissing !== 'pass') continue;
      if (judgement.config.identity.source !== 'caller') continue;
      const at = layers.flatMap((layer) => (layer.at.isMap ? (layer.at.get('on_missing_token') ?? []) : [])).at(-1);
      yield {
        at: at ?? route.at,
        message: `${route.label} forwards requests without a token unsigned (on_missing_token: pass)`,
      };
    }
  },
};

export const serverFileInvalid: Rule = {
  id: 'config/server-file',
  severity: 'error',
  title: "The server's file cannot be used: the service does not start with it.",
  fix: 'Mend the field; docs/configuration.md says what the file takes.',
  // Found where the file is read.
  check: () => [],
};
