import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { TlsConfig } from '../../config/index.ts';

/** The files of `tls`, in the order in which they are read. */
export function tlsPaths({ certFile, keyFile, clientCaFile }: TlsConfig): string[] {
  return [certFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])];
}

/** @throws Error that names the file that cannot be read */
export function readTlsFiles(tls: TlsConfig): Promise<Buffer[]> {
  return Promise.all(
    tlsPaths(tls).map(async (path) => {
      try {
        return await readFile(path);
      } catch (error) {
        throw new Error(`tls: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
      }
    }),
  );
}

/**
 * What a TLS server is made with, of TLS 1.2 or newer.
 * @throws Error that says which file is wrong, without anything of its content
 */
export function secureContext([cert, key, ca]: readonly Buffer[]): SecureContextOptions {
  const leaf = checked('cert_file is not a certificate in PEM', () => new X509Certificate(cert ?? ''));
  const privateKey = checked('key_file is not a private key in PEM', () => createPrivateKey(key ?? ''));
  if (!leaf.checkPrivateKey(privateKey)) throw new Error('tls: the key of key_file is not that of cert_file');
  if (ca !== undefined) checked('client_ca_file is not a certificate in PEM', () => new X509Certificate(ca));
  const options: SecureContextOptions = {
    ...(cert && { cert }),
    ...(key && { key }),
    ...(ca && { ca }),
    minVersion: 'TLSv1.2',
    // Connections are few and live long: each is verified in full, against the authorities of its day.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
  checked('cert_file or client_ca_file holds something broken', () => createSecureContext(options));
  return options;
}

function checked<T>(problem: string, make: () => T): T {
  try {
    return make();
  } catch {
    throw new Error(`tls: ${problem}`);
  }
}
