import { RequestError } from '../errors/index.ts';
import { planPayload, type RequestMutation, type Signer, type SigningTask } from '../signer/index.ts';
import { type Credentials, payloadHash, UNSIGNED_PAYLOAD } from '../signing/index.ts';
import { type ClientRequest, headerOf } from './client-request.ts';

/** What the service makes of a request. */
export interface ServedRequest {
  mutation: RequestMutation;
  /** What becomes of the body, for people. */
  body: string;
  /** The beginning of the body as it leaves, where it is signed chunk by chunk. */
  frames?: Buffer;
}

/**
 * Has the signer sign a request as it does for Envoy, on the assumption that Envoy delivers the body as the payload mode
 * needs it.
 * @throws SignerError
 */
export async function signAsServed(
  signer: Signer,
  task: SigningTask,
  credentials: Credentials,
  { request, body }: ClientRequest,
): Promise<ServedRequest> {
  const streaming = task.config.payload === 'streaming';
  const hasBody = body.length > 0 || headerOf(request.headers, 'transfer-encoding') !== undefined;
  const plan = planPayload(task.config, request, hasBody, streaming ? 'duplex' : 'whole');
  switch (plan.kind) {
    case 'at headers': {
      const mutation = signer.sign(task, credentials, plan.payloadHash);
      return { mutation, body: hasBody ? `${bytes(body)}, not looked at` : 'none' };
    }
    case 'whole body': {
      const unframed = (data: Buffer) => `${bytes(data)}, out of the client's aws-chunked frames`;
      if (streaming) {
        const held = await signer.signHeld(task, credentials, body, plan.decode);
        return { mutation: held.mutation, body: plan.decode ? unframed(held.body) : `${bytes(body)}, signed whole` };
      }
      if (plan.decode) {
        const decoded = await signer.signDecoded(task, credentials, body);
        return { mutation: decoded.mutation, body: unframed(decoded.body) };
      }
      const mutation = signer.sign(task, credentials, plan.unsigned ? UNSIGNED_PAYLOAD : payloadHash(body));
      return { mutation, body: plan.unsigned ? `${bytes(body)}, not looked at` : `${bytes(body)}, hashed whole` };
    }
    case 'streaming': {
      const signed = signer.signStreaming(task, credentials, plan);
      const frames = Buffer.concat([...signed.body.push(body), ...(await signed.body.end())]);
      const what = `${plan.dataLength} bytes, framed as aws-chunked, each chunk signed`;
      return { mutation: signed.mutation, body: what, frames };
    }
    case 'undeliverable':
      throw new RequestError('SIGV4_PROCESSING_MODE', 'the body does not come in the way that the payload mode needs');
  }
}

function bytes(body: Buffer): string {
  return `${body.length} ${body.length === 1 ? 'byte' : 'bytes'}`;
}
