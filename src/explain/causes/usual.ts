import type { CauseKind } from './clues.ts';

/** What is usual for a kind of line where the lines themselves give nothing away. */
export const USUAL: Readonly<Record<CauseKind, readonly string[]>> = {
  method: [
    'Another request than the one given here, or a redirect that turned a POST into a GET.',
    'A method override behind the filter.',
  ],
  path: [
    "The route rewrites the path behind the filter (prefix_rewrite, regex_rewrite). As upstream filter the signer sees the path after the route's rewrite.",
    'The path given here is not the one that reaches the filter: give it with the prefix that the client sends.',
  ],
  query: [
    'A filter or proxy behind the signer added, removed or changed a parameter.',
    'The query given here is not the one that the client sent.',
  ],
  host: [
    "Envoy's route rewrites the authority behind the filter (host_rewrite_literal, auto_host_rewrite). Sign that name with sign_host, or set it by override_target_host alone.",
    'A proxy or load balancer between Envoy and AWS sets a host of its own.',
  ],
  header: [
    'Something behind the filter changed the value (Envoy: request_headers_to_add of the route, a later filter; a proxy on the way).',
    'The request given here is not the one that the client sent.',
  ],
  'signed headers': ['Another set of headers was signed: see the headers above that only one side has.'],
  'payload hash': [
    'The body changed behind the signer: a compressor, a transcoder or another filter that comes after it. The signer must be the last that touches the body.',
    "The body given here is not the client's, byte for byte: a last line feed counts, and so does every blank of JSON.",
    'The client frames its body as aws-chunked, as SDKs do by default over TLS, and the frames were signed elsewhere.',
  ],
  algorithm: [
    'signing_algorithm differs: sigv4 on one side, sigv4a on the other. Check that the route given here is the one that served the request.',
  ],
  date: ['The answer belongs to another request than its own string to sign says.'],
  scope: [
    'Region or service differ: check aws_region and aws_service, and that the route given here is the one that served the request.',
  ],
  'canonical request': [
    "The canonical requests differ, but the answer does not hold AWS's. Where the service is S3, API Gateway or Lambda, paste its whole answer.",
  ],
};

/** What is left where both sides computed the same. */
export const USUAL_IF_EQUAL: readonly string[] = [
  'The secret: the access key id is right, and its secret is not the one that AWS has (a mistyped or rotated key, or the secret of another key).',
  'The session token: it belongs to other keys than those that signed, or a proxy put another x-amz-security-token in its place.',
  'The credential: the key belongs to another partition (China, GovCloud), or was deleted.',
  'The verifier: the endpoint is not AWS but a service that speaks its protocol, with rules of its own.',
  'The region, the service or the clock: both sides take them from the signature itself, so that a wrong one shows only in what AWS says beside it. Hold the scope above against the endpoint.',
];
