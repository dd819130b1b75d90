import type { CachedIdentity } from '../../credentials/index.ts';
import { roleParts, span, whole } from './format.ts';
import { type Html, html } from './html.ts';
import type { PageSources } from './page-sources.ts';

const SHOWN = 100;
/** Refreshed ahead of that if they are in use. */
const SOON_MS = 60_000;

/** The identities in the cache, the most recently used first. */
export function identitiesSection({ credentials }: PageSources, now: number): Html {
  const identities = credentials.list(SHOWN);
  if (identities.length === 0) return html`<p class="empty">The cache is empty.</p>`;
  const { size } = credentials;
  return html`
    <table>
      <thead><tr><th scope="col">Role</th><th scope="col">Session</th><th scope="col">Key</th><th scope="col" class="number">Ends in</th><th scope="col" class="number">Hits</th><th scope="col"><span class="unseen">Evict</span></th></tr></thead>
      <tbody>${identities.map((identity) => identityRow(identity, now))}</tbody>
    </table>
    ${size > identities.length && html`<p class="dim">The ${whole(identities.length)} most recently used of ${whole(size)}.</p>`}`;
}

function identityRow(
  { id, source, region, role, sessionName, keyId, usableUntil, hits }: CachedIdentity,
  now: number,
): Html {
  const { account, role: name } = role === undefined ? { account: '', role: "the workload's own" } : roleParts(role);
  const left = usableUntil === undefined ? undefined : usableUntil - now;
  return html`
    <tr>
      <td data-label="Role"><span title="${role ?? ''}">${name}</span> <span class="dim">${[account, source === 'caller' && "a caller's", region].filter(Boolean).join(', ')}</span></td>
      <td data-label="Session">${sessionName ?? '–'}</td>
      <td data-label="Key"><code>${keyId}</code></td>
      <td data-label="Ends in" class="number ${left !== undefined && left < SOON_MS ? 'soon' : ''}">${left === undefined ? 'never' : span(left)}</td>
      <td data-label="Hits" class="number">${whole(hits)}</td>
      <td class="action"><button type="button" id="evict-${id}" data-evict="${id}" aria-label="Evict ${name}, session ${sessionName ?? 'none'}">Evict</button></td>
    </tr>`;
}
