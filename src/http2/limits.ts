/** What one connection may have its peer do. */
export interface Http2Limits {
  /** Open at a time. */
  streams: number;
  /** Of one request's headers, as SETTINGS_MAX_HEADER_LIST_SIZE counts them. */
  headerListBytes: number;
  /** Resets of streams that the peer may send, or provoke by what is not allowed. */
  resetsPerSecond: number;
}
