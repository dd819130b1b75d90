import type { STSServiceException } from '@aws-sdk/client-sts';

interface AnswerOptions {
  /** Of the HTTP answer. */
  status: number;
  requestId: string | undefined;
}

/** An error that STS answered with; its code is the `name`. */
export class StsErrorAnswer extends Error {
  readonly status: number;
  readonly requestId: string | undefined;

  constructor(code: string, message: string, { status, requestId }: AnswerOptions) {
    super(message);
    this.name = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** What the SDK threw: STS's answer where it was one, else as it is. */
export function asErrorAnswer(thrown: unknown): unknown {
  if (!isServiceException(thrown)) return thrown;
  const { httpStatusCode: status = 0, requestId } = thrown.$metadata;
  return new StsErrorAnswer(thrown.name, thrown.message, { status, requestId });
}

/** By its marks, so that the SDK need not be loaded to tell. */
function isServiceException(thrown: unknown): thrown is STSServiceException {
  return thrown instanceof Error && '$fault' in thrown && '$metadata' in thrown;
}
