import { z } from 'zod';

/** Traces over OTLP; absent: by the OTEL_* environment alone. */
export interface TelemetryConfig {
  /** Base URL of the collector's OTLP/HTTP port. */
  readonly otlpEndpoint?: string;
  /** Share of the requests without a traceparent that are traced, 0 to 1. */
  readonly sample?: number;
  /** Whether spans name roles. */
  readonly roleArns?: boolean;
}

export const telemetrySchema = z
  .strictObject({
    otlp_endpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    sample: z.number().min(0).max(1).optional(),
    role_arns: z.boolean().optional(),
  })
  .transform(
    ({ otlp_endpoint, sample, role_arns }): TelemetryConfig => ({
      ...(otlp_endpoint !== undefined && { otlpEndpoint: otlp_endpoint }),
      ...(sample !== undefined && { sample }),
      ...(role_arns !== undefined && { roleArns: role_arns }),
    }),
  );
