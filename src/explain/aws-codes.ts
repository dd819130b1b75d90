import type { AwsAnswer } from './aws-answer.ts';

/** An error of AWS's as it is to be understood behind this signer. */
export interface AwsError {
  /** Without `Exception`. */
  codes: readonly string[];
  /** Known by this text in the message, which goes before any code. */
  message?: RegExp;
  meaning: string;
  remedies: readonly string[];
}

const CLOCK: Omit<AwsError, 'codes' | 'message'> = {
  meaning: 'The date of the signature is too far from the time at AWS; five minutes for most services, fifteen for S3.',
  remedies: [
    "Set the clock of the machine that runs sigv4-extproc (chrony, NTP). Envoy's own clock does not matter.",
    'If the clock is right, the request waited behind the signer: a retry after minutes is signed afresh only where the signer is an upstream filter.',
  ],
};

const UNSIGNED: Omit<AwsError, 'codes' | 'message'> = {
  meaning: 'The request reached AWS without a signature that the service would recognise.',
  remedies: [
    'The filter did not run or did not sign: on_missing_token: pass, unconfigured: pass, failure_mode_allow: true, or a route that disables the filter.',
    'A later filter or proxy removed the authorization header (Envoy: request_headers_to_remove).',
  ],
};

const WRONG_SCOPE: Omit<AwsError, 'codes' | 'message'> = {
  meaning: "The credential scope names another region or service than the endpoint's.",
  remedies: [
    'Set aws_region and aws_service to those that the answer names, or send the request to the endpoint of the region.',
  ],
};

const UNKNOWN_KEY: Omit<AwsError, 'codes' | 'message'> = {
  meaning: 'AWS does not know the access key id, or the session token does not belong to it.',
  remedies: [
    'A key that begins with ASIA works only with its session token: check that x-amz-security-token reaches AWS.',
    'The key was deleted or belongs to another partition (aws-cn and aws-us-gov have keys of their own).',
    'The region is one that the account has not enabled: take a token from the regional STS endpoint (aws_sts_region).',
  ],
};

const EXPIRED: Omit<AwsError, 'codes' | 'message'> = {
  meaning: 'The session token of the credentials has expired.',
  remedies: [
    'The service renews credentials before they expire: look at the clock of its machine, and at its log for failures of STS.',
    "With credential_source: workload, check that whatever writes the workload's credentials (a file, a process, the environment) still renews them.",
  ],
};

/** The errors known, texts before codes. */
export const AWS_ERRORS: readonly AwsError[] = [
  { codes: [], message: /^Signature (?:expired|not yet current)/i, ...CLOCK },
  { codes: [], message: /Credential should be scoped to/i, ...WRONG_SCOPE },
  {
    codes: [],
    message: /Transfer-Encoding|A header you provided implies functionality/i,
    meaning: 'S3 takes no body of unknown length (transfer-encoding: chunked) unless it is framed as aws-chunked.',
    remedies: [
      "Have the client send a content-length; or, where the body passes through the filter in pieces, set payload: streaming and let Envoy keep the signer's content-length (allow_content_length_header).",
    ],
  },
  {
    codes: [],
    message: /^Missing Authentication Token$/i,
    meaning: 'API Gateway has no such method and path, or the request carried no signature; it answers both alike.',
    remedies: [
      'Most often the path: it must begin with the stage, unless a custom domain maps it, and the method must be deployed.',
      ...UNSIGNED.remedies,
    ],
  },
  {
    codes: [],
    message: /^Forbidden$/i,
    meaning:
      'A Lambda function URL or API Gateway refuses the request without saying why. The signature need not be wrong.',
    remedies: [
      'Lambda function URL: the role needs lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function, and from another account the function needs a policy that allows it, too.',
      'Lambda function URL: aws_service must be lambda, the host the one of the function URL, and no client header may begin with x-amzn-.',
      'API Gateway: a missing x-api-key, a resource policy, a WAF rule, or a host that is not mapped to an API.',
    ],
  },
  {
    codes: [],
    message: /is not authorized to perform|explicit deny/i,
    meaning: "The signature is good. The role's permissions, or the resource's own policy, do not allow the action.",
    remedies: [
      'Compare the ARN in the message with the role of the route: it tells who signed.',
      'Allow the action in a policy of the role, and look for explicit denies (service control policies, session policies, endpoint policies).',
    ],
  },
  {
    codes: ['SignatureDoesNotMatch', 'InvalidSignature'],
    message: /signature we calculated does not match/i,
    meaning: 'AWS computed another signature than the one that the request carried.',
    remedies: [],
  },
  { codes: ['RequestTimeTooSkewed', 'RequestExpired'], ...CLOCK },
  { codes: ['ExpiredToken', 'TokenRefreshRequired'], ...EXPIRED },
  { codes: ['InvalidClientTokenId', 'UnrecognizedClient', 'InvalidAccessKeyId', 'InvalidToken'], ...UNKNOWN_KEY },
  { codes: ['MissingAuthenticationToken', 'MissingSecurityHeader'], ...UNSIGNED },
  {
    codes: ['IncompleteSignature'],
    meaning: 'The authorization header reached AWS in a form that it cannot read.',
    remedies: [
      "The caller's own token reached AWS in place of the signature: look for a filter behind the signer that writes authorization.",
      'Two authorization headers were joined into one on the way.',
    ],
  },
  { codes: ['AuthorizationHeaderMalformed', 'AuthorizationQueryParametersError'], ...WRONG_SCOPE },
  {
    codes: ['XAmzContentSHA256Mismatch', 'BadDigest', 'InvalidDigest'],
    meaning: 'The body that S3 received is not the one that was hashed.',
    remedies: [
      'Something behind the signer changed the body (a compressor, a transcoder, a Lua or Wasm filter): the signer must be the last that touches it.',
      "With payload: passthrough the hash is the client's: whatever changes the body before the signer makes it wrong.",
    ],
  },
  {
    codes: ['NotImplemented'],
    meaning: 'S3 does not implement something that a header asks for, most often transfer-encoding: chunked.',
    remedies: ['Have the client send a content-length, or set payload: streaming.'],
  },
  {
    codes: ['AccessDenied'],
    meaning:
      "The signature is good or was not looked at: the role's permissions, the bucket's or resource's policy, or a request that carried no signature at all.",
    remedies: [
      'Check what the role may do, and the policy of the bucket, the resource or the VPC endpoint.',
      'S3 says so, too, of a request without a signature: check that the filter ran on this route.',
      'S3 says so, too, of a header x-amz-* that was added behind the signer and so is not signed.',
    ],
  },
];

/** Undefined for an error that says nothing of signatures. */
export function awsErrorOf({ code, message }: AwsAnswer): AwsError | undefined {
  const text = message?.trim() ?? '';
  const bare = code?.replace(/Exception$/, '') ?? '';
  return AWS_ERRORS.find((error) => error.message?.test(text)) ?? AWS_ERRORS.find(({ codes }) => codes.includes(bare));
}
