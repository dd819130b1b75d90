import type { SignerProcess } from './signer-process.ts';

/** The sum of a signer's series whose line starts so, and has these labels; 0 where there is none. */
export async function metric({ admin }: Pick<SignerProcess, 'admin'>, start: string, labels = ''): Promise<number> {
  const text = await (await fetch(`http://${admin}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(start) && line.includes(labels));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}
