import type { RefusalStyle } from '../config/index.ts';
import type { SignerError } from '../errors/index.ts';
import type { HeaderEntry } from '../signing/index.ts';

/** What the HTTP caller is answered in AWS's stead. */
export interface Refusal {
  status: number;
  headers: HeaderEntry[];
  body: string;
}

/** As the Kong plugin aws-request-signing says it. */
const KONG_STS_MESSAGE = "Error fetching STS credentials. Enable 'return_aws_sts_error' in config for details.";

/**
 * Puts an error into words for the HTTP caller.
 * @param style the route's, where its config could be read
 */
export function refusalOf(error: SignerError, style: RefusalStyle = PLAIN): Refusal {
  const { status, body } = statusAndBody(error, style);
  const headers: HeaderEntry[] = [['content-type', 'application/json']];
  if (error.retryAfterSeconds !== undefined) headers.push(['retry-after', String(error.retryAfterSeconds)]);
  // RFC 9110 §15.5.2: a 401 says which scheme it expects.
  if (status === 401) headers.push(['www-authenticate', 'Bearer']);
  // Where AWS's SDKs look for the code. Last, as mutation rules that do not know it drop it with all that follows.
  headers.push(['x-amzn-errortype', error.code]);
  return { status, headers, body: JSON.stringify(body) };
}

const PLAIN: RefusalStyle = { kong: false, stsError: false };

function statusAndBody({ code, message, status, sts }: SignerError, { kong, stsError }: RefusalStyle) {
  const ours = kong ? {} : { code };
  if (stsError && sts !== undefined) {
    const body = { message: `Unable to assume role [${sts.roleArn}]`, ...ours, stsResponse: sts.response };
    return { status: sts.status, body };
  }
  if (kong && !stsError && (sts !== undefined || code === 'SIGV4_STS_UNAVAILABLE')) {
    return { status: 401, body: { message: KONG_STS_MESSAGE } };
  }
  return { status, body: { message, ...ours } };
}
