import type { Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { TlsConfig } from '../../config/index.ts';
import type { Peer } from '../../signer/index.ts';
import type { Logger } from '../log.ts';
import { watchFiles } from '../watch-files.ts';
import { isAllowedPeer, peerNames } from './peer-names.ts';
import { readTlsFiles, secureContext, tlsPaths } from './tls-context.ts';

const HANDSHAKE_MS = 10_000;

export interface TlsDoor {
  /** Begins the handshake on a connection. */
  admit(socket: Socket): void;
  /** Lets other peers in from now on, and ends the connections of those that may not stay. */
  allow(globs: readonly string[] | undefined): void;
  close(): void;
}

export interface TlsDoorOptions {
  tls: TlsConfig;
  log: Logger;
  /** Told of each connection that may come in. */
  onPeer: (socket: TLSSocket, peer: Peer) => void;
}

/**
 * Speaks TLS on connections, and turns away those without a certificate that the settings accept. The files are read
 * again as they change: connections that stand stay, and a pair that does not fit together is not taken into use.
 * @throws Error for files that cannot be used
 */
export async function openTlsDoor({ tls, log, onPeer }: TlsDoorOptions): Promise<TlsDoor> {
  let globs = tls.allowedSans;
  const inside = new Map<TLSSocket, readonly string[]>();
  const files = await readTlsFiles(tls);
  const asksForCertificate = tls.clientCaFile !== undefined;
  const server = createServer({
    ...secureContext(files),
    requestCert: asksForCertificate,
    rejectUnauthorized: asksForCertificate,
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_MS,
  });

  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    const names = peerNames(socket.getPeerX509Certificate()?.subjectAltName);
    if (asksForCertificate && !isAllowedPeer(names, globs)) {
      log.warn({ peer: names, address: socket.remoteAddress }, 'connection refused: no allowed_sans match');
      socket.destroy();
      return;
    }
    inside.set(socket, names);
    socket.once('close', () => inside.delete(socket));
    onPeer(socket, { names });
  });
  server.on('tlsClientError', (error, socket) => {
    log.info({ address: socket.remoteAddress, reason: error.message }, 'connection refused: no TLS handshake');
    socket.destroy();
  });

  const watch = watchFiles(tlsPaths(tls), files, {
    onChange(contents) {
      try {
        server.setSecureContext(secureContext(contents));
        log.info('the TLS files have changed; new connections use them');
      } catch (error) {
        log.error({ err: error }, 'the TLS files have changed and cannot be used; the ones before stay in use');
      }
    },
  });
  return {
    admit: (socket) => void server.emit('connection', socket),
    allow(changed) {
      globs = changed;
      for (const [socket, names] of inside) if (!isAllowedPeer(names, globs)) socket.destroy();
    },
    close: () => watch.close(),
  };
}
