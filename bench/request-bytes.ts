export interface RequestShape {
  path: string;
  method?: string;
  /** Besides host (default `127.0.0.1`) and content-length. */
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** An HTTP/1.1 request as it goes over the wire; GET, or POST where it has a body. */
export function requestBytes(shape: RequestShape): Buffer {
  const body = Buffer.from(shape.body ?? '');
  const headers: Record<string, string> = { host: '127.0.0.1', ...shape.headers };
  if (shape.body !== undefined) headers['content-length'] = String(body.length);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const method = shape.method ?? (shape.body === undefined ? 'GET' : 'POST');
  return Buffer.concat([Buffer.from(`${method} ${shape.path} HTTP/1.1\r\n${lines.join('')}\r\n`), body]);
}
