import { describeHostility } from './support/hostility.ts';

// test/long has the same to a greater extent.
describeHostility({
  messages: 3_000,
  idleStreams: 2_000,
  metadataMegabytes: 100,
  headerFloods: 20,
  slowReaders: 4,
  unending: 12,
  mostMemoryMib: 600,
});
