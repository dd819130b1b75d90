const HEAD_END = '\r\n\r\n';
const CRLF = '\r\n';

export interface ParsedResponse {
  status: number;
  /** Offset of the first byte after the response. */
  end: number;
  /** Whether the server announced that it closes the connection. */
  close: boolean;
}

/**
 * Finds the end of the HTTP/1.1 response that a buffer starts with. As much of RFC 9112 as answers to a request that is not HEAD
 * need: content-length, chunked, and statuses without a body.
 * @returns undefined while the response is not complete
 * @throws Error when the bytes are no response, or one that only the end of the connection delimits
 */
export function parseResponse(bytes: Buffer): ParsedResponse | undefined {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd + CRLF.length);
  const status = Number(head.slice(9, 12));
  if (!head.startsWith('HTTP/1.1 ') || !(status >= 200 && status <= 599)) {
    throw new Error(`not a final HTTP/1.1 response: ${head.slice(0, 40)}`);
  }
  const close = /\r\nconnection: *close\r/i.test(head);
  const start = headEnd + HEAD_END.length;
  if (status === 204 || status === 304) return { status, end: start, close };

  const length = /\r\ncontent-length: *(\d+)\r/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = start + Number(length);
    return end <= bytes.length ? { status, end, close } : undefined;
  }
  if (!/\r\ntransfer-encoding: *chunked\r/i.test(head)) throw new Error('a response without content-length');
  const end = endOfChunks(bytes, start);
  return end === undefined ? undefined : { status, end, close };
}

function endOfChunks(bytes: Buffer, start: number): number | undefined {
  let at = start;
  for (;;) {
    const lineEnd = bytes.indexOf(CRLF, at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16);
    if (!(size >= 0)) throw new Error('not a chunk size');
    if (size === 0) {
      // Trailers may follow; the empty line ends them.
      const end = bytes.indexOf(HEAD_END, lineEnd);
      return end < 0 ? undefined : end + HEAD_END.length;
    }
    at = lineEnd + CRLF.length + size + CRLF.length;
  }
}
