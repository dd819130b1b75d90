import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Clock } from '../../../src/credentials/index.ts';
import { type CredentialBench, callerIdentity, startCredentialBench } from '../../support/stand-in-credentials.ts';

const NOW = Date.UTC(2026, 10, 22, 10);

describe('Clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: NOW, toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('takes what STS says where it is off by a minute or more, and lets go of it when it is right again', () => {
    const clock = new Clock();
    expect(clock.now()).toBe(NOW);
    clock.learn(new Date(NOW + 20 * 60_000).toUTCString());
    expect(clock.now()).toBe(NOW + 20 * 60_000);
    clock.learn(new Date(NOW - 3_600_000).toUTCString());
    expect(clock.offsetMs).toBe(-3_600_000);
    clock.learn(new Date(NOW + 2_000).toUTCString());
    expect(clock.offsetMs).toBe(0);
  });

  it.each([undefined, '', 'yesterday', 'Infinity'])('learns nothing from the date %s', (date) => {
    const clock = new Clock();
    clock.learn(date);
    expect(clock.offsetMs).toBe(0);
  });
});

describe('a machine whose clock is wrong', () => {
  let bench: CredentialBench;
  afterEach(() => {
    vi.useRealTimers();
    return bench.close();
  });

  it('signs by the clock of STS once it has spoken to it', async () => {
    bench = await startCredentialBench();
    const real = Date.now();
    const token = await bench.standIn.issuer.issueToken({ sub: 'alice' });
    vi.useFakeTimers({ now: real - 3_600_000, toFake: ['Date'] });
    const source = bench.newSource();
    await source.credentialsFor(callerIdentity({}, { region: 'us-east-1' }), { token });
    expect(Math.abs(bench.clock.now() - real)).toBeLessThan(60_000);
  });
});
