import { z } from 'zod';
import type { ReceivedRequest, StandIn, StsCall } from '../../test/stand-in/index.ts';

/** A request as AWS received it. The secrets in it are cut short. */
const awsRecord = z.object({
  method: z.string(),
  path: z.string(),
  status: z.number(),
  /** By lower-case name; a signature keeps its first 8 characters, a session token its length alone. */
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  /** Why it was refused. */
  refusal: z.string().optional(),
  /** Of an accepted request: who signed it, and for what. */
  signed: z
    .object({
      principal: z.string(),
      accessKeyId: z.string(),
      /** `sub` of the web identity token that the session came from. */
      subject: z.string().optional(),
      scope: z.string(),
      headers: z.array(z.string()),
      signature: z.string(),
    })
    .optional(),
});

const stsRecord = z.object({
  action: z.string(),
  roleArn: z.string().optional(),
  /** `ok`, or AWS's error code. */
  outcome: z.string(),
});

export const journalShape = z.object({
  sts: z.array(stsRecord),
  aws: z.array(awsRecord),
  /** Requests to AWS whose headers arrived, whole or not. */
  awsStarted: z.number(),
});

/** What STS and AWS saw, oldest first. */
export type Journal = z.infer<typeof journalShape>;
export type AwsRecord = z.infer<typeof awsRecord>;
export type StsRecord = z.infer<typeof stsRecord>;

/** All that a stand-in has seen so far, without secrets. */
export function journalOf({ sts, service }: StandIn): Journal {
  return { sts: sts.calls.map(stsRecordOf), aws: service.received.map(awsRecordOf), awsStarted: service.started };
}

function stsRecordOf({ action, roleArn, outcome }: StsCall): StsRecord {
  return { action, roleArn, outcome };
}

function awsRecordOf(request: ReceivedRequest): AwsRecord {
  const { method, url, status, rawHeaders, body, verdict } = request;
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  const headers = Object.fromEntries(
    [...new Set(names)].map((name) => [name, shown(name, request.header(name) ?? '')]),
  );
  const record = { method, path: url, status, headers, body: body.toString('utf8') };
  if (!verdict.ok) return { ...record, refusal: verdict.code };
  const { principal, amzDate, region, service, signedHeaders } = verdict;
  return {
    ...record,
    signed: {
      principal: principal.arn,
      accessKeyId: principal.accessKeyId,
      subject: principal.subject,
      scope: `${amzDate.slice(0, 8)}/${region}/${service}/aws4_request`,
      headers: signedHeaders,
      signature: /Signature=(\w{8})/.exec(request.header('authorization') ?? '')?.[1] ?? '',
    },
  };
}

function shown(name: string, value: string): string {
  if (name === 'x-amz-security-token') return `${value.length} characters`;
  return name === 'authorization' ? value.replace(/(Signature=\w{8})\w+/, '$1…') : value;
}
