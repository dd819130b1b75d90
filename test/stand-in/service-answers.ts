import { createHash, randomUUID } from 'node:crypto';
import { type Answer, escapeXml, headerPairs } from './http.ts';
import type { ReceivedRequest } from './service.ts';
import { isS3Family } from './sigv4-canonical.ts';
import type { Refused } from './sigv4-verifier.ts';

/** Session tokens are in canonical requests, and error answers end up in logs. */
function redactToken(canonicalRequest: string): string {
  return canonicalRequest.replace(/(x-amz-security-token[:=])[^\n&]*/gi, '$1<redacted>');
}

/** The error a service answers a refused request with: XML for the S3 family, JSON for the rest. */
export function refusalAnswer({
  code,
  status,
  message,
  reason,
  service,
  canonicalRequest,
  stringToSign,
}: Refused): Answer {
  const requestId = randomUUID();
  const canonical = redactToken(canonicalRequest);
  if (isS3Family(service)) {
    const fields = {
      Code: code,
      Message: message,
      CanonicalRequest: canonical,
      StringToSign: stringToSign,
      RequestId: requestId,
    };
    const xml = Object.entries(fields).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`);
    return {
      status,
      headers: { 'content-type': 'application/xml', 'x-amz-request-id': requestId },
      body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${xml.join('')}</Error>\n`,
    };
  }
  const body = { __type: code, message, reason, canonicalRequest: canonical, stringToSign };
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-requestid': requestId, 'x-amzn-errortype': code },
    body: `${JSON.stringify(body)}\n`,
  };
}

/** The verdict on a request for a host that the service does not serve. */
export function unknownHost(host: string): Refused {
  return {
    ok: false,
    reason: 'unknown-host',
    status: 403,
    code: 'AccessDeniedException',
    message: `No service is known at host ${host}`,
    service: '',
    canonicalRequest: '',
    stringToSign: '',
  };
}

/** The JSON that an accepted request is answered with: who signed what, and nothing of the signature itself. */
export function describeRequest({
  method,
  url,
  rawHeaders,
  body,
  verdict,
  header,
}: ReceivedRequest): Record<string, unknown> {
  const names = [...new Set(headerPairs(rawHeaders).map(([name]) => name.toLowerCase()))].sort();
  const principal = verdict.ok ? verdict.principal : undefined;
  return {
    ok: true,
    principal: principal?.arn ?? null,
    role: principal?.roleArn ?? null,
    sessionName: principal?.sessionName ?? null,
    subject: principal?.subject ?? null,
    method,
    path: url,
    host: header('host') ?? null,
    service: verdict.service,
    region: verdict.ok ? verdict.region : null,
    signedHeaders: verdict.ok ? verdict.signedHeaders : [],
    bodySha256: createHash('sha256').update(body).digest('hex'),
    receivedHeaders: { names, host: header('host') ?? null, 'x-amz-date': header('x-amz-date') ?? null },
  };
}
