import type { Metadata, WireHeader } from '../envoy/index.ts';

/** The messages of proto/envoy/service/auth/v3 as they are decoded here: fields that were not sent are absent. */
export interface CheckRequest {
  attributes?: {
    request?: { http?: HttpRequest };
    context_extensions?: Record<string, string>;
    metadata_context?: Metadata;
    route_metadata_context?: Metadata;
  };
}

export interface HttpRequest {
  method?: string;
  /** With its query. */
  path?: string;
  host?: string;
  headers?: Record<string, string>;
  /** In place of `headers` where the filter sets encode_raw_headers. */
  header_map?: { headers?: WireHeader[] };
  body?: string;
  /** In place of `body` where the filter sets pack_as_bytes. */
  raw_body?: Buffer;
}

export interface CheckResponse {
  status: { code: number };
  denied_response?: { status: { code: number }; headers: SetHeader[]; body: string };
  ok_response?: { headers: SetHeader[]; headers_to_remove: string[] };
}

export interface SetHeader {
  header: { key: string; value: string };
  append_action: number;
}
