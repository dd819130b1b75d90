import type { Socket } from 'node:net';
import { type Peer, UNNAMED_PEER } from '../../signer/index.ts';

/** Who is at the other end of each connection. gRPC has nothing of a connection but its remote address and port. */
export class KnownPeers {
  readonly #peers = new Map<string, Peer>();

  /** @returns false for a connection that gRPC could not tell from another one; it is broken off */
  add(socket: Socket, peer: Peer = UNNAMED_PEER): boolean {
    const { remoteAddress, remotePort } = socket;
    const address = `${remoteAddress}:${remotePort}`;
    if (socket.destroyed || remoteAddress === undefined || this.#peers.has(address)) {
      socket.destroy();
      return false;
    }
    this.#peers.set(address, peer);
    socket.once('close', () => this.#peers.delete(address));
    return true;
  }

  /** @param address as gRPC has it, `address:port` */
  at(address: string): Peer | undefined {
    return this.#peers.get(address);
  }
}
