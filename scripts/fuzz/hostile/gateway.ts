import { API_HOST, BUCKET_HOST, FUNCTION_HOST, startBackends } from '../../../test/e2e/support/backends.ts';
import { callerApi, workloadApi } from '../../../test/e2e/support/configs.ts';
import { connectionManager, type Route } from '../../../test/e2e/support/example-config.ts';
import { startGateway } from '../../../test/e2e/support/gateway.ts';
import type { ReceivedRequest } from '../../../test/stand-in/index.ts';

/** Chooses the route, so that the path can be anything. */
export const ROUTE_HEADER = 'x-fuzz-route';

const bucket = { aws_region: 'eu-west-1', aws_service: 's3', override_target_host: BUCKET_HOST };
const CONFIGS: Readonly<Record<string, object>> = {
  api: workloadApi,
  query: { ...workloadApi, sign_query: true },
  unsigned: { ...workloadApi, payload: 'unsigned' },
  caller: callerApi,
  bucket,
  objects: { ...bucket, payload: 'unsigned' },
  function: { ...workloadApi, aws_service: 'lambda', override_target_host: FUNCTION_HOST },
};
export const ROUTES: readonly string[] = Object.keys(CONFIGS);

/** A real Envoy with the example's configuration, a real signer, and the stand-in that verifies what leaves. */
export interface HostileGateway {
  port: number;
  /** A caller's good token. */
  bearer: string;
  /** What came to the stand-in since it was last asked. */
  received: () => ReceivedRequest[];
  /** What is wrong with the processes; undefined while they run. */
  casualty: () => string | undefined;
  close: () => Promise<void>;
}

export async function startHostileGateway(): Promise<HostileGateway> {
  const backends = await startBackends();
  const gateway = await startGateway(backends, {
    placement: 'downstream',
    routes: Object.entries(CONFIGS).map(([name, config]) => hostileRoute(name, config)),
    // Behind a broken request Envoy leaves the connection open for a second.
    change: (config) => Object.assign(connectionManager(config), { delayed_close_timeout: '0.01s' }),
  });
  let casualty: string | undefined;
  let isClosing = false;
  backends.signer.exited.then(({ code, signal }) => {
    if (!isClosing)
      casualty = `the signer ended with ${signal ?? `code ${code}`}: ${backends.signer.output().slice(-2000)}`;
  });
  return {
    port: gateway.port,
    bearer: await backends.bearer('fuzz'),
    received: () => backends.standIn.service.received.splice(0),
    casualty: () => casualty,
    async close() {
      isClosing = true;
      await gateway.close();
      await backends.close();
    },
  };
}

function hostileRoute(name: string, config: object): Route {
  return {
    name,
    match: { prefix: '/', headers: [{ name: ROUTE_HEADER, string_match: { exact: name } }] },
    route: { cluster: 'aws-execute-api' },
    metadata: { filter_metadata: { 'aws-request-signing': config } },
  };
}

/** The host that every request names; what it is signed for is the route's. */
export const CLIENT_HOST = API_HOST.replace(/^[^.]+/, 'client');
