import type { ServingConfig } from '../../config/index.ts';
import type { ListenAddress } from '../listen-address.ts';

/** What of the settings says who may come. */
export type Protection = Pick<ServingConfig, 'tls' | 'insecure'>;

/**
 * Holds the gRPC address against its protection: whoever reaches it has requests signed as every role of the service.
 * @throws Error that says what to set
 */
export function requireProtected(listen: ListenAddress, { tls, insecure }: Protection): void {
  if (listen.kind === 'unix') {
    if (tls !== undefined) throw new Error('tls is for TCP; a unix socket is kept by its socket_mode and its folder');
    return;
  }
  if (isLoopback(listen.host) || tls?.clientCaFile !== undefined || insecure) return;
  throw new Error(
    `listen: ${listen.host} is reached from beyond this machine, and whoever reaches it has requests signed as every ` +
      `role of this service. Set tls with client_ca_file, listen on loopback or a unix socket, or say --insecure ` +
      `(insecure: true) where the network itself keeps others out.`,
  );
}

/** Whether all who connect may be taken for the operator's own Envoys: by loopback, a unix socket, or certificates. */
export function isTrusted(listen: ListenAddress, { tls }: Protection): boolean {
  return listen.kind === 'unix' || isLoopback(listen.host) || tls?.clientCaFile !== undefined;
}

/** Whether a host is this machine alone: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
