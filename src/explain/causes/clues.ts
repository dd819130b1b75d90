import type { SigningConfig } from '../../config/index.ts';
import { EMPTY_PAYLOAD_HASH, uriEncodePath } from '../../signing/index.ts';
import type { LineKind } from '../compare.ts';
import { fullyDecoded, isKeyword, merged, plusAsBlank, sortedPairs, squeezed, withoutPort } from './same-but.ts';

/** What is known beside the line itself. */
export interface CauseContext {
  config: SigningConfig;
  /** The authority as the client sent it. */
  clientAuthority: string;
  /** The request that was explained has a body. */
  hasBody: boolean;
}

/** What a difference is looked up under: the kind of its line, and two headers by themselves. */
export type CauseKind = LineKind | 'host';

interface Both {
  ours: string;
  aws: string;
}

export interface Clue {
  applies: (both: Both, context: CauseContext) => boolean;
  cause: string;
}

/** What a difference itself gives away, the most telling first. */
export const CLUES: Partial<Record<CauseKind, readonly Clue[]>> = {
  path: [
    {
      applies: ({ ours, aws }) => uriEncodePath(ours) === aws || uriEncodePath(aws) === ours,
      cause:
        'One path is the other encoded once more, so the two follow different rules: S3 takes the path encoded once, every other service twice. Check aws_service, and path_encoding if the route sets it.',
    },
    {
      applies: ({ ours, aws }) => merged(ours) === merged(aws),
      cause:
        'Only slashes or dots differ. A proxy behind the filter merged them (Envoy: normalize_path, merge_slashes), or path_normalization does not fit the service. For S3 set normalize_path: false and merge_slashes: false.',
    },
    {
      applies: ({ ours, aws }) => fullyDecoded(ours) === fullyDecoded(aws),
      cause:
        'It is the same path, encoded in another way: a proxy behind the filter decoded or encoded parts of it (Envoy: path_with_escaped_slashes_action, which should be KEEP_UNCHANGED).',
    },
    {
      applies: ({ ours, aws }) => ours.endsWith(aws) || aws.endsWith(ours),
      cause:
        "One path is the end of the other: a prefix was added or cut behind the filter (Envoy: prefix_rewrite, regex_rewrite). As upstream filter the signer sees the path after the route's rewrite.",
    },
  ],
  query: [
    {
      applies: ({ ours, aws }) => plusAsBlank(ours) === plusAsBlank(aws),
      cause:
        'Only plus signs and blanks differ. A bare + in a query is a blank, which leaves as %20; a plus itself is %2B. Something behind the filter rewrote one as the other.',
    },
    {
      applies: ({ ours, aws }) => sortedPairs(ours) === sortedPairs(aws),
      cause:
        'The same pairs stand in another order or encoding: a proxy behind the filter parsed the query and wrote it anew.',
    },
  ],
  host: [
    {
      applies: ({ aws }, { clientAuthority, config }) => aws === clientAuthority && config.target.kind !== 'keep',
      cause:
        "AWS saw the client's own authority, so the signed one was not put in its place. With override_target_host, mutation_rules must allow :authority; with sign_host, the route itself must rewrite the host (host_rewrite_literal, auto_host_rewrite).",
    },
    {
      applies: ({ ours, aws }) => withoutPort(ours) === withoutPort(aws),
      cause:
        'Only the port differs. Sign it as it is sent: override_target_host and override_target_port drop :80 and :443, use_altered_target takes the authority byte for byte.',
    },
    {
      applies: ({ ours, aws }) => ours.toLowerCase() === aws.toLowerCase(),
      cause: 'Only letters of either case differ: write the host in lower case.',
    },
  ],
  header: [
    {
      applies: ({ ours, aws }) => squeezed(ours) === squeezed(aws),
      cause: 'Only blanks or tabs differ: something behind the filter rewrote the value.',
    },
    {
      applies: ({ ours, aws }) => aws.split(',').length > ours.split(',').length && aws.includes(ours),
      cause:
        'AWS saw the value and one more: something behind the filter appended to the header instead of replacing it.',
    },
    {
      applies: ({ aws }) => aws === '',
      cause: 'AWS saw no value: the header was signed, and then removed on its way (Envoy: request_headers_to_remove).',
    },
  ],
  'payload hash': [
    {
      applies: ({ ours }, { hasBody }) => ours === EMPTY_PAYLOAD_HASH && !hasBody,
      cause:
        'The request given here has no body, and the one that AWS saw had one. Give it with its body to compare further.',
    },
    {
      applies: ({ aws }) => aws === EMPTY_PAYLOAD_HASH,
      cause:
        'AWS saw an empty body: it was lost behind the filter, by a redirect or retry, or by a buffer that was cleared.',
    },
    {
      applies: ({ ours, aws }) => isKeyword(ours) !== isKeyword(aws) || (isKeyword(ours) && isKeyword(aws)),
      cause:
        "Two payload modes: one side has the hash of a body, the other says how it is not hashed. Check the route's payload, and that the route given here is the one that served the request.",
    },
  ],
  scope: [
    {
      applies: ({ ours, aws }) => ours.split('/').at(-2) !== aws.split('/').at(-2),
      cause:
        'The services differ: aws_service must be the signing name, which is not always the name in the host (execute-api for API Gateway, lambda for function URLs, es for OpenSearch, aoss for OpenSearch Serverless, aps for Managed Prometheus).',
    },
    {
      applies: ({ ours, aws }) => ours.split('/')[1] !== aws.split('/')[1],
      cause:
        'The regions differ: aws_region must be the region of the endpoint; global endpoints such as IAM take us-east-1.',
    },
  ],
};
