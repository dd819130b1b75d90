import type { AwsAnswer } from './aws-answer.ts';
import { awsErrorOf } from './aws-codes.ts';
import { causesOf, USUAL_IF_EQUAL } from './causes/index.ts';
import type { ClientRequest } from './client-request.ts';
import type { Comparison } from './compare.ts';
import type { Explanation, SignedExplanation } from './explain.ts';
import { type Mask, maskOpaque } from './mask.ts';
import type { AwsReport, ComparisonReport } from './report.ts';

/** What AWS's answer means, and where its canonical form and ours part. */
export function describeAws(answer: AwsAnswer, explanation: Explanation, client: ClientRequest, mask: Mask): AwsReport {
  const { code, message } = answer;
  const error = awsErrorOf(answer);
  const comparison = explanation.outcome === 'signed' ? explanation.comparison : undefined;
  return {
    ...(code !== undefined && { code: mask(maskOpaque(code)) }),
    ...(message !== undefined && { message: mask(maskOpaque(message.split('\n')[0] ?? '')) }),
    ...(error && { meaning: error.meaning }),
    remedies: [...(error?.remedies ?? []), ...hintsOf(answer, mask)],
    ...(comparison &&
      explanation.outcome === 'signed' && {
        comparison: describeComparison(comparison, explanation, client, answer, mask),
      }),
  };
}

function describeComparison(
  { lines, firstDifference }: Comparison,
  { config, stages }: SignedExplanation,
  { request, body }: ClientRequest,
  { signatureProvided }: AwsAnswer,
  mask: Mask,
): ComparisonReport {
  // A header's name decides whether its value is shown.
  const textOf = (line: Comparison['lines'][number], value: string | undefined) => {
    if (value === undefined) return null;
    return line.header === undefined ? mask(value) : mask(`${line.header}:${value}`).slice(line.header.length + 1);
  };
  const shownLines = lines.map((line) => ({
    name: mask(line.name),
    ours: textOf(line, line.ours),
    aws: textOf(line, line.aws),
    same: line.same,
  }));
  const first = shownLines.find(({ same }) => !same);
  const context = { config, clientAuthority: request.authority, hasBody: body.length > 0 };
  const causes = firstDifference ? [...causesOf(firstDifference, context)] : [...USUAL_IF_EQUAL];
  if (!firstDifference && signatureProvided === stages.signedRequest.signature) {
    causes.unshift('AWS received the very signature that these keys give: it knows another secret for this key id.');
  }
  return {
    equal: first === undefined,
    lines: shownLines,
    ...(first && { firstDifference: { name: first.name, ours: first.ours, aws: first.aws } }),
    causes,
  };
}

/** What the answer itself names. */
function hintsOf({ fields, message = '', canonicalRequest, stringToSign, code }: AwsAnswer, mask: Mask): string[] {
  const hints: string[] = [];
  const region = fields.get('region') ?? /expecting '([\w-]+)'/.exec(message)?.[1];
  if (region && code === 'AuthorizationHeaderMalformed')
    hints.unshift(`AWS names the region: aws_region: ${mask(region)}.`);
  const service = /correct service: '([\w-]+)'/.exec(message)?.[1];
  if (service) hints.push(`AWS names the service: aws_service: ${mask(service)}.`);
  const skew = (Date.parse(fields.get('servertime') ?? '') - Date.parse(amzToIso(fields.get('requesttime')))) / 1000;
  if (Number.isFinite(skew)) {
    hints.push(
      `The signature's date is ${Math.abs(skew)} seconds ${skew > 0 ? 'behind' : 'ahead of'} the time at AWS.`,
    );
  }
  if (
    /^(?:SignatureDoesNotMatch|InvalidSignature(?:Exception)?)$/.test(code ?? '') &&
    !canonicalRequest &&
    !stringToSign
  ) {
    hints.push(NO_CANONICAL_FORM);
  }
  return hints;
}

const NO_CANONICAL_FORM =
  "The answer does not hold AWS's canonical request, so there is nothing to compare. S3, API Gateway, Lambda, OpenSearch and IAM send it; paste the whole body. Else compare the stages above with the request as it leaves Envoy (access log: %REQ(:PATH)%, %REQ(:AUTHORITY)%).";

function amzToIso(date = ''): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
}
