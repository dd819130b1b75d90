import type { Findings } from './findings.ts';
import type { KongModel, KongPlugin, KongService, Protocol } from './model.ts';

/** Where requests go, and how: the plugin's override, else the service's own. */
export interface Target {
  protocol: Protocol;
  host: string;
  port: number;
}

const DEFAULT_PORTS: ReadonlySet<number> = new Set([80, 443]);

/**
 * Where the plugin sends a service's requests. An override of the host alone keeps the service's port, one of the port
 * alone the service's host, as in Kong.
 */
export function targetOf(
  plugin: KongPlugin,
  service: KongService,
  { upstreams }: KongModel,
  findings: Findings,
): Target | undefined {
  const { override_target_host, override_target_port, override_target_protocol } = plugin.config;
  const overridden = textOr(override_target_host, undefined);
  const host = overridden ?? service.host;
  const port = typeof override_target_port === 'number' ? override_target_port : service.port;
  const protocol = textOr(override_target_protocol, service.protocol);
  if (overridden === undefined && upstreams.has(service.host)) {
    findings.error(
      `${service.at}.host`,
      'is a load-balanced upstream, whose targets have no host to sign: give the plugin an override_target_host',
    );
    return undefined;
  }
  if (host === '') {
    findings.error(`${service.at}.host`, 'is missing');
    return undefined;
  }
  if (protocol !== 'http' && protocol !== 'https') {
    findings.error(`${service.at}.protocol`, 'must be http or https for the plugin to sign');
    return undefined;
  }
  noteOddities(plugin, service, { protocol, host, port }, findings);
  return { protocol, host, port };
}

/** As it is signed: with the port, unless that is 80 or 443. */
export function authorityOf({ host, port }: Target): string {
  return DEFAULT_PORTS.has(port) ? host : `${host}:${port}`;
}

/** Whether the signed host has to name the port. */
export function namesPort({ port }: Target): boolean {
  return !DEFAULT_PORTS.has(port);
}

function noteOddities(plugin: KongPlugin, service: KongService, target: Target, findings: Findings): void {
  if (target.protocol === 'https' && target.port === 80) {
    findings.note(
      plugin.at,
      `speaks TLS to port 80 of ${target.host}, as Kong would: the port of ${service.at} is 80. Set it, or override_target_port, to 443`,
    );
  }
  if (target.protocol === 'http') {
    findings.note(plugin.at, `sends the signature and the session token to ${target.host} without TLS`);
  }
  if (target.host !== service.host) {
    findings.note(
      plugin.at,
      `Kong sends a request without a token unsigned to ${service.host || 'the service'}; here it goes to ${target.host}, unsigned too. With on_missing_token: deny it gets 401`,
    );
  }
}

function textOr<D extends string | undefined>(value: unknown, otherwise: D): string | D {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}
