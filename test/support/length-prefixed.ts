/**
 * A message of gRPC's behind its prefix. @param announced the length that the prefix says
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md Length-Prefixed-Message
 */
export function lengthPrefixed(message: Buffer, announced = message.length, flag = 0): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag);
  prefix.writeUInt32BE(announced >>> 0, 1);
  return Buffer.concat([prefix, message]);
}
