import { STSServiceException } from '@aws-sdk/client-sts';

interface FaultOptions {
  /** Of the HTTP answer. */
  status: number;
  requestId: string | undefined;
}

/** An error that STS answered with; its code is the `name`. */
export class StsFault extends Error {
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(code: string, message: string, { status, requestId }: FaultOptions) {
    super(message);
    this.name = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** What the SDK threw: a fault where that was STS's answer, else as it is. */
export function asFault(thrown: unknown): unknown {
  if (!(thrown instanceof STSServiceException)) return thrown;
  const { httpStatusCode: status = 0, requestId } = thrown.$metadata;
  return new StsFault(thrown.name, thrown.message, { status, requestId });
}
