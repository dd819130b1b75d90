import type { StandIn } from '../../stand-in/index.ts';
import type { SignerProcess } from '../../support/signer-process.ts';

/** Paths of the admin port whose answers are looked through. */
const ADMIN_PATHS = ['/metrics', '/readyz', '/healthz', '/', '/page/live', '/page/page.js'];

/**
 * Looks for every token, secret key and session token of a run in all that the signer told: its log, its metrics and
 * other admin answers, and what refused clients were answered.
 * @throws Error that says what was found where, not the secret itself
 */
export async function expectNoLeak(standIn: StandIn, signer: SignerProcess, refusals: readonly string[]) {
  const admin = await Promise.all(ADMIN_PATHS.map((path) => answerOf(`http://${signer.admin}${path}`)));
  const told = [
    { where: "the signer's output", text: signer.output() },
    ...ADMIN_PATHS.map((path, index) => ({ where: `the admin port's ${path}`, text: admin[index] ?? '' })),
    { where: 'an answer to a client', text: refusals.join('\n') },
  ];
  for (const { what, secret } of secretsOf(standIn)) {
    const leak = told.find(({ text }) => text.includes(secret));
    if (leak) throw new Error(`${leak.where} holds ${what}`);
  }
}

/** A part of a token is a leak too: the last one is what it is worth. */
function secretsOf({ issuer, store }: StandIn): { what: string; secret: string }[] {
  const tokens = issuer.issued.flatMap((token) => [token, ...token.split('.').slice(1)]);
  return [
    ...tokens.filter((part) => part.length > 20).map((secret) => ({ what: "a caller's token", secret })),
    ...store.secrets().map((secret) => ({ what: 'a secret key or session token', secret })),
  ];
}

async function answerOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return `${JSON.stringify([...response.headers])}\n${await response.text()}`;
  } catch {
    // A signer that a test has stopped tells nothing any more.
    return '';
  }
}
