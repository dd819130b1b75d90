import { hash } from 'node:crypto';
import type { AwsAnswer } from './aws-answer.ts';
import { type CanonicalLines, parseCanonicalRequest, parseStringToSign } from './canonical-lines.ts';

export type LineKind =
  | 'method'
  | 'path'
  | 'query'
  | 'header'
  | 'signed headers'
  | 'payload hash'
  | 'algorithm'
  | 'date'
  | 'scope'
  | 'canonical request';

/** One line of both canonical forms; undefined where one side has none. */
export interface ComparedLine {
  kind: LineKind;
  /** As it is called before people, such as `header host`. */
  name: string;
  /** Of a header, its name. */
  header?: string;
  ours: string | undefined;
  aws: string | undefined;
  same: boolean;
}

export interface Comparison {
  lines: ComparedLine[];
  firstDifference: ComparedLine | undefined;
  /** AWS's text is not the one that AWS hashed: it was changed on its way here. */
  damaged: boolean;
}

export interface OurForm {
  canonicalRequest: string;
  stringToSign: string;
}

/** Compares line by line; undefined where the answer holds neither canonical request nor string to sign. */
export function compareWithAws(ours: OurForm, answer: AwsAnswer): Comparison | undefined {
  const aws = parseCanonicalRequest(answer.canonicalRequest ?? '');
  const awsToSign = parseStringToSign(answer.stringToSign ?? '');
  const own = parseCanonicalRequest(ours.canonicalRequest);
  const ownToSign = parseStringToSign(ours.stringToSign);
  if (own === undefined || ownToSign === undefined || (aws === undefined && awsToSign === undefined)) return undefined;

  const sameHash = awsToSign?.hash === ownToSign.hash;
  const damaged =
    awsToSign !== undefined && aws !== undefined && awsToSign.hash !== sha256(answer.canonicalRequest ?? '');
  const lines: ComparedLine[] = [];
  // An equal hash proves equal requests, whatever copying did to the text.
  if (aws !== undefined) lines.push(...canonicalLines(own, sameHash ? own : aws));
  if (awsToSign !== undefined) {
    lines.push(
      line('algorithm', 'algorithm', ownToSign.algorithm, awsToSign.algorithm),
      line('date', 'date', ownToSign.timestamp, awsToSign.timestamp),
      line('scope', 'scope', ownToSign.scope, awsToSign.scope),
    );
    if (aws === undefined)
      lines.push(line('canonical request', 'hash of the canonical request', ownToSign.hash, awsToSign.hash));
  }
  return { lines, firstDifference: lines.find(({ same }) => !same), damaged: damaged && !sameHash };
}

function canonicalLines(ours: CanonicalLines, aws: CanonicalLines): ComparedLine[] {
  const names = [...new Set([...ours.headers.keys(), ...aws.headers.keys()])].sort();
  return [
    line('method', 'method', ours.method, aws.method),
    line('path', 'path', ours.path, aws.path),
    line('query', 'query', ours.query, withTokenOf(ours.query, aws.query)),
    ...names.map((name) => ({
      ...line('header', `header ${name}`, ours.headers.get(name), aws.headers.get(name)),
      header: name,
    })),
    line('signed headers', 'signed headers', ours.signedHeaders, aws.signedHeaders),
    line('payload hash', 'payload hash', ours.payloadHash, aws.payloadHash),
  ];
}

/** The token is not compared, as people who hand an answer on put something else in its place. */
function withTokenOf(ours: string, aws: string): string {
  const token = /(?<=(?:^|&)X-Amz-Security-Token=)[^&]+/;
  const own = token.exec(ours)?.[0];
  return own === undefined ? aws : aws.replace(token, () => own);
}

function line(kind: LineKind, name: string, ours: string | undefined, aws: string | undefined): ComparedLine {
  return { kind, name, ours, aws, same: ours === aws };
}

function sha256(bytes: string): string {
  return hash('sha256', Buffer.from(bytes, 'latin1'));
}
