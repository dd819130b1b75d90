import { expect, vi } from 'vitest';
import type { ServerConfig } from '../../src/config/index.ts';
import type { CredentialSource } from '../../src/credentials/index.ts';
import type { Verdict } from '../stand-in/sigv4-verifier.ts';
import { afterCheck, type CheckAnswer, type CheckShape, ExtAuthzClient } from './ext-authz-client.ts';
import type { HeaderPair } from './ext-proc-messages.ts';
import {
  type InProcessSigner,
  judge,
  ROUTE,
  routeMetadata,
  startInProcess,
  stubWorkloadEnvironment,
} from './in-process-signer.ts';

export interface ExtAuthzBench {
  signer: InProcessSigner;
  envoy: ExtAuthzClient;
  /** Has a check signed, or fails: the request as it leaves, and what AWS would say of it. */
  signed(shape: CheckShape, config?: object): Promise<{ answer: CheckAnswer; headers: HeaderPair[]; verdict: Verdict }>;
  /** Has a check refused, or fails. Without config: `null`. */
  refused(shape: CheckShape, config?: object | null): Promise<CheckRefusal>;
  close(): Promise<void>;
}

export interface CheckRefusal {
  status: number | undefined;
  headers: (string | undefined)[][];
  body: string;
  json: { code: string; message: string };
}

/** A service in this process that has the demo's user in its environment and no STS, and a client that asks as Envoy. */
export async function startExtAuthzBench(
  options: { server?: Partial<ServerConfig>; credentials?: CredentialSource } = {},
): Promise<ExtAuthzBench> {
  stubWorkloadEnvironment();
  // Nothing listens on the discard port: STS cannot be reached.
  vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:9');
  const signer = await startInProcess(options);
  const envoy = new ExtAuthzClient(signer.address);
  return {
    signer,
    envoy,
    async signed(shape, config = ROUTE) {
      const answer = await envoy.check(shape, routeMetadata(config));
      expect(answer).toMatchObject({ status: { code: 0 }, http_response: 'ok_response' });
      const headers = afterCheck(shape, answer);
      return { answer, headers, verdict: judge(headers, shape.body) };
    },
    async refused(shape, config = ROUTE) {
      const answer = await envoy.check(shape, config === null ? {} : routeMetadata(config));
      expect(answer).toMatchObject({ status: { code: 7 }, http_response: 'denied_response' });
      const { status, headers = [], body = '' } = answer.denied_response ?? {};
      const json = JSON.parse(body) as CheckRefusal['json'];
      return { status: status?.code, headers: headers.map(({ header }) => [header.key, header.value]), body, json };
    },
    async close() {
      envoy.close();
      await signer.close();
      vi.unstubAllEnvs();
    },
  };
}
