import { z } from 'zod';

/**
 * What is read of a Kong declarative config; the rest is let through unread. `null` is Kong's way to say "not set".
 * @see https://developer.konghq.com/gateway/db-less-mode/
 */
const text = z.string().nullish();
const texts = z.array(z.string()).nullish();
const flag = z.boolean().nullish();
const count = z.number().nullish();
const list = z.array(z.unknown()).nullish();

/** An entity by its id or name, as Kong (`service: NAME`) and decK (`service: {name: NAME}`) write it. */
const reference = z.union([z.string(), z.looseObject({ id: text, name: text })]).nullish();

const plugin = z.looseObject({
  name: z.string(),
  enabled: flag,
  config: z.record(z.string(), z.unknown()).nullish(),
  /** decK: a config by name, beneath `config`. */
  _config: text,
  protocols: texts,
  service: reference,
  route: reference,
  consumer: z.unknown().optional(),
  consumer_group: z.unknown().optional(),
});

const route = z.looseObject({
  id: text,
  name: text,
  service: reference,
  protocols: texts,
  methods: texts,
  hosts: texts,
  paths: texts,
  headers: z.record(z.string(), z.array(z.string())).nullish(),
  snis: texts,
  sources: list,
  destinations: list,
  expression: text,
  regex_priority: count,
  strip_path: flag,
  preserve_host: flag,
  path_handling: text,
  plugins: z.array(plugin).nullish(),
});

const service = z.looseObject({
  id: text,
  name: text,
  enabled: flag,
  url: text,
  protocol: text,
  host: text,
  port: count,
  path: text,
  connect_timeout: count,
  read_timeout: count,
  write_timeout: count,
  tls_verify: flag,
  client_certificate: z.unknown().optional(),
  ca_certificates: texts,
  plugins: z.array(plugin).nullish(),
  routes: z.array(route).nullish(),
});

const withPlugins = z.array(z.looseObject({ plugins: z.array(plugin).nullish() })).nullish();
const defaultsOf = z.record(z.string(), z.unknown()).nullish();

export const fileSchema = z.looseObject({
  /** A number where the quotes were forgotten. */
  _format_version: z.union([z.string(), z.number().transform((version) => version.toFixed(1))]),
  _plugin_configs: z.record(z.string(), z.record(z.string(), z.unknown())).nullish(),
  _info: z.looseObject({ defaults: z.looseObject({ service: defaultsOf, route: defaultsOf }).nullish() }).nullish(),
  services: z.array(service).nullish(),
  routes: z.array(route).nullish(),
  plugins: z.array(plugin).nullish(),
  upstreams: z.array(z.looseObject({ name: text })).nullish(),
  consumers: withPlugins,
  consumer_groups: withPlugins,
});

export type KongFile = z.output<typeof fileSchema>;
export type RawService = z.output<typeof service>;
export type RawRoute = z.output<typeof route>;
export type RawPlugin = z.output<typeof plugin>;
export type RawReference = z.output<typeof reference>;
