import { describe, expect, it } from 'vitest';
import { Circuit } from '../../../../src/credentials/shared-cache/circuit.ts';

function failing(times: number): Circuit {
  const circuit = new Circuit();
  for (let index = 0; index < times; index++) circuit.failed(0);
  return circuit;
}

describe('a circuit', () => {
  it('opens for a second after three failures in a row', () => {
    expect(failing(2).admits(0)).toBe(true);
    expect(failing(3).admits(0)).toBe(false);
    expect(failing(3).admits(999)).toBe(false);
    expect(failing(3).admits(1_000)).toBe(true);
  });

  it('counts only failures in a row', () => {
    const circuit = failing(2);
    circuit.succeeded();
    circuit.failed(0);
    circuit.failed(0);
    expect(circuit.admits(0)).toBe(true);
  });

  it('lets one try decide for all', () => {
    const circuit = failing(3);
    expect([circuit.admits(1_000), circuit.admits(1_000)]).toEqual([true, false]);
    circuit.failed(1_100);
    expect([circuit.admits(2_099), circuit.admits(2_100), circuit.admits(2_100)]).toEqual([false, true, false]);
    circuit.succeeded();
    expect([circuit.admits(2_200), circuit.admits(2_200)]).toEqual([true, true]);
  });
});
