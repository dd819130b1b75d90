import { REPLACED } from './check.ts';
import type { AwsRecord } from './journal.ts';
import type { Observation } from './play.ts';
import type { Scene } from './scenes.ts';

type Detail = [label: string, text: string];

/** What is told of a request below its hops. */
export function details(scene: Scene, seen: Observation): Detail[] {
  const { code, message, aws, sts } = seen;
  const [record] = aws;
  const [call] = sts;
  const lines: Detail[] = [];
  if (code !== undefined) lines.push(['answer', `${code}: ${message}`]);
  if (call) lines.push(['sts', stsLine(call, scene)]);
  else if (record?.signed) lines.push(['sts', 'not asked: the signer has the session in its cache']);
  if (!record) return [...lines, ['aws saw', 'nothing']];
  if (record.signed) return [...lines, ...signedDetails(record, record.signed, seen)];
  return [...lines, ['aws saw', `no signature: ${record.refusal}`]];
}

function stsLine({ action, outcome }: Observation['sts'][number], { token }: Scene): string {
  const proof = token ? 'the token' : "the workload's own keys";
  return `${action} with ${proof}: ${outcome}`;
}

function signedDetails(
  { headers, body }: AwsRecord,
  { principal, subject, signature, accessKeyId, scope, headers: covered }: NonNullable<AwsRecord['signed']>,
  { sent }: Observation,
): Detail[] {
  const lines: Detail[] = [
    ['aws saw', principal + (subject === undefined ? '' : `, web identity ${subject}`)],
    ['signature', `${signature}… by ${shortened(accessKeyId)} for ${scope}`],
  ];
  if (body !== '') {
    const own = covered.filter((name) => !name.startsWith('x-amz-'));
    lines.push(['covers', `${own.toReversed().join(', ')}, x-amz-*, ${Buffer.byteLength(body)} bytes of body`]);
  }
  const removed = REPLACED.filter((name) => sent[name] !== undefined && sent[name] !== headers[name]);
  if (removed.length > 0) lines.push(['removed', removed.map((name) => described(name, sent[name])).join(', ')]);
  return lines;
}

function described(name: string, value = ''): string {
  return name === 'authorization' ? `${name}: ${value.slice(0, value.indexOf(' '))} …` : name;
}

function shortened(accessKeyId: string): string {
  return `${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)}`;
}
