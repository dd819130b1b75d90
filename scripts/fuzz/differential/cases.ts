import {
  type Credentials,
  EMPTY_PAYLOAD_HASH,
  payloadHash,
  type ServiceRules,
  type SigningParameters,
  serviceRules,
  UNSIGNED_PAYLOAD,
  type WireRequest,
} from '../../../src/signing/index.ts';
import { type Prng, prng } from '../../../test/support/prng.ts';
import { randomRequest } from '../random-request.ts';

/** All that `sign` takes. */
export interface SigningCase {
  request: WireRequest;
  parameters: SigningParameters;
  credentials: Credentials;
  payloadHash: string;
  now: Date;
}

const SERVICES = [
  ...['s3', 's3', 's3', 's3express', 's3-outposts', 's3-object-lambda', 'execute-api', 'execute-api', 'lambda'],
  ...['dynamodb', 'es', 'aoss', 'aps', 'sqs', 'sns', 'bedrock', 'appsync', 'iotdevicegateway', 'vpc-lattice-svcs'],
];
const REGIONS = ['us-east-1', 'eu-west-1', 'cn-north-1', 'us-gov-west-1'];
const REGION_SETS = ['*', 'us-east-1', 'eu-*', 'us-east-1,eu-west-1', 'eu-*,us-west-2'];
const SIGNED_BY_ROUTE = ['range', 'cache-control', 'if-match', 'content-md5', 'x-custom', 'accept', 'date'];
const PAYLOAD_HASHES = [
  ...[EMPTY_PAYLOAD_HASH, EMPTY_PAYLOAD_HASH, payloadHash(Buffer.from('{"a":1}')), UNSIGNED_PAYLOAD],
  ...['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'],
];
const CREDENTIALS: readonly Credentials[] = [
  { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
  {
    accessKeyId: 'ASIDEXAMPLE',
    secretAccessKey: 'p+q/r0000000000000000000000000000EXAMPLE',
    sessionToken: `IQoJb3JpZ2luX2Vj//+${'Ab9+/'.repeat(12)}==`,
  },
];
const YEARS_MS = 10 * 365 * 24 * 3600 * 1000;

/** The case of one seed; the same seed gives the same case. */
export function randomCase(seed: number): SigningCase {
  const random = prng(seed);
  const parameters = randomParameters(random);
  return {
    request: randomRequest(random),
    parameters,
    credentials: random.pick(CREDENTIALS),
    payloadHash: parameters.rules.unsignedPayload === 'required' ? UNSIGNED_PAYLOAD : random.pick(PAYLOAD_HASHES),
    now: new Date(Date.UTC(2020) + 1000 * random.int(YEARS_MS / 1000)),
  };
}

function randomParameters(random: Prng): SigningParameters {
  const algorithm = random.chance(0.25) ? 'sigv4a' : 'sigv4';
  const service = random.pick(SERVICES);
  return {
    algorithm,
    region: random.pick(algorithm === 'sigv4a' ? REGION_SETS : REGIONS),
    service,
    rules: randomRules(random, service),
    signedHeaders: new Set(random.chance(0.4) ? SIGNED_BY_ROUTE.filter(() => random.chance(0.4)) : []),
    ...(random.chance(0.3) && { queryExpiresSeconds: random.pick([1, 300, 604_800]) }),
  };
}

/** The service's own rules most often, else as a route may override them. */
function randomRules(random: Prng, service: string): ServiceRules {
  if (random.chance(0.9)) return serviceRules(service);
  return {
    ...serviceRules(service),
    pathEncoding: random.pick(['single', 'double']),
    pathNormalization: random.chance(0.5),
  };
}
