import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

type Data = string | ArrayBuffer | ArrayBufferView;

/** node:crypto's SHA-256 in the shape that @smithy/signature-v4 asks for. */
export class Sha256 {
  readonly #key: Buffer | undefined;
  #state: Hash | Hmac;

  constructor(secret?: Data) {
    this.#key = secret === undefined ? undefined : toBuffer(secret);
    this.#state = this.#fresh();
  }

  update(data: Data): void {
    this.#state.update(toBuffer(data));
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#state.digest());
  }

  reset(): void {
    this.#state = this.#fresh();
  }

  #fresh(): Hash | Hmac {
    return this.#key ? createHmac('sha256', this.#key) : createHash('sha256');
  }
}

function toBuffer(data: Data): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}
