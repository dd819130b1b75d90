import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isolatedEnvironment } from '../../../e2e/moto/support/environment.ts';
import { REGION } from '../../../e2e/s3/support/versitygw.ts';
import type { Certificate } from '../../../e2e/support/certificate.ts';
import { type Child, startChild } from '../../../support/child.ts';

const START_TIMEOUT_MS = 30_000;

export interface MinioOptions {
  binary: string;
  /** For `localhost`. */
  certificate: Certificate;
  /** Where the issuer's discovery document and keys are. */
  issuerUrl: string;
  /** The policies, comma-separated, of the role that stands for a token's audience, by audience. */
  policies: Readonly<Record<string, string>>;
  /** Told of each request, S3's and STS's, as it is answered. */
  auditUrl: string;
}

export interface Minio {
  /** HTTPS on 127.0.0.1, S3 and STS alike. */
  port: number;
  /** The ARN of an audience's role. */
  roleArn: (audience: string) => string;
  output: () => string;
  close: () => Promise<void>;
}

/**
 * Runs MinIO on a port of the kernel with an empty folder, one OpenID Connect issuer and a role for each audience.
 * @throws Error with its output when it does not start, or has other roles
 */
export async function startMinio(options: MinioOptions): Promise<Minio> {
  const home = mkdtempSync(join(tmpdir(), 'minio-'));
  const certificates = join(home, 'certificates');
  mkdirSync(certificates);
  writeFileSync(join(certificates, 'public.crt'), options.certificate.cert);
  writeFileSync(join(certificates, 'private.key'), options.certificate.key, { mode: 0o600 });
  const flags = ['--quiet', '--json', '--certs-dir', certificates, '--address', '127.0.0.1:0'];
  // It writes its port to stderr alone.
  const command = ['-c', 'exec "$0" "$@" 2>&1', options.binary];
  const child = await startChild('/bin/sh', [...command, 'server', ...flags, join(home, 'data')], {
    env: { ...environment(options), HOME: home },
  });
  const close = async () => {
    await child.close();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const { port, roles } = await ready(child);
    const expected = Object.keys(options.policies).map(roleArnOf);
    if (roles.toSorted().join() !== expected.toSorted().join()) throw new Error(`it has other roles: ${roles}`);
    return { port, roleArn: roleArnOf, output: child.output, close };
  } catch (error) {
    await close();
    throw new Error(`MinIO did not start: ${error instanceof Error ? error.message : error}\n${child.output()}`);
  }
}

/** MinIO makes a role's id of the client id that tokens are for, so that it stays the same. */
function roleArnOf(audience: string): string {
  return `arn:minio:iam:${REGION}::role/${createHash('sha1').update(audience).digest('base64url')}`;
}

function environment({ issuerUrl, policies, auditUrl }: MinioOptions): NodeJS.ProcessEnv {
  const own = Object.entries(isolatedEnvironment()).filter(([name]) => !/^(MINIO_|_MINIO_)/.test(name));
  const roles = Object.entries(policies).flatMap(([audience, policy]) => {
    const variable = (name: string) => `MINIO_IDENTITY_OPENID_${name}_${audience.toUpperCase()}`;
    return [
      [variable('CONFIG_URL'), `${issuerUrl}/.well-known/openid-configuration`],
      [variable('CLIENT_ID'), audience],
      // Without one MinIO takes tokens that are signed by HMAC with an empty key.
      [variable('CLIENT_SECRET'), 'the-secret-of-the-client'],
      [variable('ROLE_POLICY'), policy],
    ];
  });
  return {
    ...Object.fromEntries([...own, ...roles]),
    MINIO_ROOT_USER: 'root-of-minio',
    MINIO_ROOT_PASSWORD: 'password-of-root',
    MINIO_REGION: REGION,
    MINIO_BROWSER: 'off',
    MINIO_UPDATE: 'off',
    MINIO_AUDIT_WEBHOOK_ENABLE_TEST: 'on',
    MINIO_AUDIT_WEBHOOK_ENDPOINT_TEST: auditUrl,
  };
}

/** It says its port and its roles in either order. */
function ready(child: Child): Promise<{ port: number; roles: string[] }> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('it did not say its port and its roles')), START_TIMEOUT_MS);
    let port: string | undefined;
    let roles: string | undefined;
    child.onLine((line) => {
      port ??= /API: https:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      roles ??= /IAM Roles: ([^"]+)"/.exec(line)?.[1];
      if (port === undefined || roles === undefined) return;
      clearTimeout(timer);
      resolve({ port: Number(port), roles: roles.trim().split(' ') });
    });
    child.exited.then(({ code, signal }) => {
      clearTimeout(timer);
      reject(new Error(`it ended with ${signal ?? `code ${code}`}`));
    });
  });
}
