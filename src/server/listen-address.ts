/** An address that a flag names: `host:port`, `[::1]:port`, or `unix:/path`. */
export type ListenAddress = { kind: 'tcp'; host: string; port: number } | { kind: 'unix'; path: string };

const HOST_AND_PORT = /^(?:\[(?<v6>[0-9A-Fa-f:.]+)\]|(?<host>[^:[\]\s]+)):(?<port>\d{1,5})$/;

/** @throws Error naming what is accepted */
export function parseListenAddress(text: string): ListenAddress {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (!path.startsWith('/'))
      throw new Error(`${text}: a unix socket needs an absolute path, as in unix:/run/sigv4.sock`);
    return { kind: 'unix', path };
  }
  const groups = HOST_AND_PORT.exec(text)?.groups;
  const port = Number(groups?.port);
  const host = groups?.v6 ?? groups?.host;
  if (host === undefined || port > 65_535) {
    throw new Error(`${text}: not an address; give host:port, [ipv6]:port or unix:/path`);
  }
  return { kind: 'tcp', host, port };
}

/** The same as text, with the port that the kernel gave where 0 was asked for. */
export function formatListenAddress(address: ListenAddress, port?: number): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${port ?? address.port}`;
}
