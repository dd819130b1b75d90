import { describeHostility } from '../e2e/support/hostility.ts';

describeHostility({
  messages: 200_000,
  idleStreams: 10_000,
  metadataMegabytes: 100,
  headerFloods: 2_000,
  slowReaders: 50,
  unending: 40,
  mostMemoryMib: 800,
});
