import { z } from 'zod';

/** `tls` of the server's file. */
export interface TlsConfig {
  /** PEM: the chain, leaf first. */
  readonly certFile: string;
  readonly keyFile: string;
  /** PEM: whoever has a certificate of these authorities may connect; absent: clients show none. */
  readonly clientCaFile?: string;
  /** Of them, those with a name that one of these globs matches; absent: all. */
  readonly allowedSans?: readonly string[];
}

/** `limits` of the server's file. */
export interface Limits {
  /** Connections at a time. */
  readonly connections: number;
  /** Streams at a time, on one connection. */
  readonly streamsPerConnection: number;
  /** Streams at a time, in all. */
  readonly streams: number;
  /** One gRPC message, which may be a whole body, in bytes. */
  readonly messageBytes: number;
  /** A call's metadata, in bytes as HTTP/2 counts them. */
  readonly metadataBytes: number;
  /** What all requests together may have in bodies that are held until their end, in bytes. */
  readonly heldBytes: number;
  /** Streams that a stranger's connection may reset; of trusted ones they are not counted. */
  readonly resetsPerSecond: number;
  /** What a process may hold in all before it breaks off who brings most; absent: by the machine's memory. */
  readonly memoryBytes?: number;
}

/** `shutdown` of the server's file, in milliseconds. */
export interface ShutdownTimes {
  /** From NOT_SERVING until no connection is taken any more: what Envoy's health checks need to see it. */
  readonly delayMs: number;
  /** From then on, for the requests under way. */
  readonly graceMs: number;
}

export const DEFAULT_LIMITS: Limits = Object.freeze({
  connections: 4_096,
  streamsPerConnection: 4_096,
  streams: 16_384,
  messageBytes: 256 * 1024 * 1024,
  metadataBytes: 64 * 1024,
  heldBytes: 256 * 1024 * 1024,
  // More than one process can serve.
  resetsPerSecond: 10_000,
});

/** Together within the 30 s that Kubernetes leaves between SIGTERM and SIGKILL. */
export const DEFAULT_SHUTDOWN: ShutdownTimes = Object.freeze({ delayMs: 3_000, graceMs: 20_000 });

export const MOST_WORKERS = 128;

const path = z.string().min(1);
const KIB = 1024;
const GIB = 1024 ** 3;

/** The fields of the server's file on how it is reached and how it lives. */
export const servingFields = {
  socket_mode: z
    .string()
    .regex(/^0[0-7]{3}$/, 'must be an octal mode in quotes, as in "0660"')
    .optional(),
  insecure: z.boolean().optional(),
  tls: z
    .strictObject({
      cert_file: path,
      key_file: path,
      client_ca_file: path.optional(),
      allowed_sans: z.array(path).min(1).optional(),
    })
    .superRefine(({ client_ca_file, allowed_sans }, context) => {
      if (allowed_sans === undefined || client_ca_file !== undefined) return;
      context.addIssue({ code: 'custom', path: ['allowed_sans'], message: 'needs client_ca_file' });
    })
    .optional(),
  admin_token_file: path.optional(),
  workers: z.int().min(1).max(MOST_WORKERS).optional(),
  verdicts: z.boolean().optional(),
  shutdown: z
    .strictObject({ delay: z.number().min(0).max(3_600).optional(), grace: z.number().min(0).max(3_600).optional() })
    .optional(),
  limits: z
    .strictObject({
      connections: z.int().min(1).max(1_000_000).optional(),
      streams_per_connection: z.int().min(1).max(1_000_000).optional(),
      streams: z.int().min(1).max(1_000_000).optional(),
      message_bytes: z
        .int()
        .min(64 * KIB)
        .max(2 * GIB)
        .optional(),
      metadata_bytes: z
        .int()
        .min(4 * KIB)
        .max(1024 * KIB)
        .optional(),
      held_bytes: z
        .int()
        .min(64 * KIB)
        .max(64 * GIB)
        .optional(),
      resets_per_second: z.int().min(33).max(1_000_000).optional(),
      memory_bytes: z
        .int()
        .min(64 * 1024 * KIB)
        .optional(),
    })
    .optional(),
};

const servingSchema = z.strictObject(servingFields);

/** What of the configuration says how the service is reached and how it lives. */
export interface ServingConfig {
  /** Permission bits of the gRPC unix socket. */
  readonly socketMode?: number;
  /** Beyond loopback also without certificates of clients. */
  readonly insecure: boolean;
  readonly tls?: TlsConfig;
  readonly adminTokenFile?: string;
  readonly workers: number;
  /** Whether streams stay open for AWS's answers, which only a filter with `response_header_mode: SEND` sends. */
  readonly verdicts: boolean;
  readonly shutdown: ShutdownTimes;
  readonly limits: Limits;
}

export const DEFAULT_SERVING: ServingConfig = Object.freeze({
  insecure: false,
  workers: 1,
  verdicts: false,
  shutdown: DEFAULT_SHUTDOWN,
  limits: DEFAULT_LIMITS,
});

/** The file's fields with their defaults. */
export function servingConfig(file: z.output<typeof servingSchema>): ServingConfig {
  const { socket_mode, insecure = false, tls, admin_token_file, workers = 1, verdicts = false } = file;
  const { shutdown = {}, limits = {} } = file;
  return {
    ...(socket_mode !== undefined && { socketMode: Number.parseInt(socket_mode, 8) }),
    insecure,
    ...(tls && {
      tls: {
        certFile: tls.cert_file,
        keyFile: tls.key_file,
        ...(tls.client_ca_file !== undefined && { clientCaFile: tls.client_ca_file }),
        ...(tls.allowed_sans && { allowedSans: tls.allowed_sans }),
      },
    }),
    ...(admin_token_file !== undefined && { adminTokenFile: admin_token_file }),
    workers,
    verdicts,
    shutdown: {
      delayMs: shutdown.delay === undefined ? DEFAULT_SHUTDOWN.delayMs : shutdown.delay * 1000,
      graceMs: shutdown.grace === undefined ? DEFAULT_SHUTDOWN.graceMs : shutdown.grace * 1000,
    },
    limits: {
      connections: limits.connections ?? DEFAULT_LIMITS.connections,
      streamsPerConnection: limits.streams_per_connection ?? DEFAULT_LIMITS.streamsPerConnection,
      streams: limits.streams ?? DEFAULT_LIMITS.streams,
      messageBytes: limits.message_bytes ?? DEFAULT_LIMITS.messageBytes,
      metadataBytes: limits.metadata_bytes ?? DEFAULT_LIMITS.metadataBytes,
      heldBytes: limits.held_bytes ?? DEFAULT_LIMITS.heldBytes,
      resetsPerSecond: limits.resets_per_second ?? DEFAULT_LIMITS.resetsPerSecond,
      ...(limits.memory_bytes !== undefined && { memoryBytes: limits.memory_bytes }),
    },
  };
}
