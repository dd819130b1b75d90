// An STS that answers every AssumeRoleWithWebIdentity at once, or as late as it was last told (POST /delay?ms=…), with
// credentials of their own, good for as many seconds as its argument says. It verifies nothing: the stand-in's does, at a hundred times the cost.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { formatTime, resultAnswer } from '../../test/stand-in/sts-protocol.ts';

const SESSION_MS = Number(process.argv[2]) * 1000;
/** Characters of base64; real tokens have about as many. */
const SESSION_TOKEN_LENGTH = 1000;

let delayMs = 0;
let issued = 0;

function credentialsAnswer(): string {
  const accessKeyId = `ASIA${String(issued++).padStart(16, '0')}`;
  const result = {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: randomBytes(30).toString('base64'),
      SessionToken: randomBytes((SESSION_TOKEN_LENGTH * 3) / 4).toString('base64'),
      Expiration: formatTime(new Date(Date.now() + SESSION_MS)),
    },
    SubjectFromWebIdentityToken: accessKeyId,
    AssumedRoleUser: {
      AssumedRoleId: `AROAEXAMPLE:${accessKeyId}`,
      Arn: 'arn:aws:sts::123456789012:assumed-role/bench/bench',
    },
  };
  return String(resultAnswer('AssumeRoleWithWebIdentity', result).body);
}

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    const url = new URL(request.url ?? '/', 'http://sts');
    if (url.pathname === '/delay') {
      delayMs = Number(url.searchParams.get('ms'));
      response.end();
      return;
    }
    const answer = () => response.writeHead(200, { 'content-type': 'text/xml' }).end(credentialsAnswer());
    if (delayMs > 0) setTimeout(answer, delayMs);
    else answer();
  });
});
// A connection that is closed while a request is on its way there would look like an STS that fails.
server.keepAliveTimeout = 600_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
  console.log(`127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => {
  server.close();
  server.closeAllConnections();
});
