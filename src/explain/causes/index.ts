import type { ComparedLine } from '../compare.ts';
import { type CauseContext, type CauseKind, CLUES } from './clues.ts';
import { USUAL } from './usual.ts';

export type { CauseContext } from './clues.ts';
export { USUAL_IF_EQUAL } from './usual.ts';

/**
 * What usually causes a difference: what the two lines give away, or else what is usual for their kind.
 * @returns sentences, the likeliest first
 */
export function causesOf(line: ComparedLine, context: CauseContext): readonly string[] {
  const { header, ours, aws } = line;
  if (header !== undefined && ours === undefined) return [onlyAtAws(header, context)];
  if (header !== undefined && aws === undefined) return [onlyInOurs(header)];
  const kind = kindOf(line);
  const both = { ours: ours ?? '', aws: aws ?? '' };
  const found = (CLUES[kind] ?? []).filter(({ applies }) => applies(both, context));
  return found.length > 0 ? found.map(({ cause }) => cause) : USUAL[kind];
}

function kindOf({ kind, header }: ComparedLine): CauseKind {
  if (header === 'host') return 'host';
  return header === 'x-amz-content-sha256' ? 'payload hash' : kind;
}

/** AWS lists the headers that the signature itself names, so one too many was signed by whoever signed. */
function onlyAtAws(header: string, { config }: CauseContext): string {
  const ownKind = header === 'content-type' || header.startsWith('x-amz-') || config.signedHeaders.has(header);
  if (!ownKind) {
    return `This route does not sign ${header}: the request was signed by somebody else, such as the client's own SDK on a route that the filter does not sign, or under another route's config (signed_headers).`;
  }
  return `The request was signed with ${header}, and the request given here has none: give it as the client sent it, or look for a filter before the signer that adds it.`;
}

function onlyInOurs(header: string): string {
  if (header === 'x-amz-security-token') {
    return "The request was signed without a session token. The keys of a role do not work without it: check that the route given here is the one that served the request, or that the workload's own keys come from where you think.";
  }
  return `The request was signed without ${header}: check that the request and the route given here are those of the answer, and that no filter before the signer removes it.`;
}
