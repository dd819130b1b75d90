import type { Findings } from './findings.ts';

/** Something that is matched by hosts, as Kong's routes are; without hosts it takes any. */
export interface Hosted {
  /** Place in the Kong file. */
  at: string;
  hosts: readonly string[];
}

export interface HostGroup<T> {
  domains: readonly string[];
  members: readonly T[];
}

const ANY = '*';

/**
 * Groups what is matched by host as Envoy's virtual hosts need it: Envoy chooses one by the host alone and never looks
 * into another, so that each has to hold all that Kong would look at for its hosts, in the same order.
 */
export function groupByHost<T extends Hosted>(ordered: readonly T[], findings: Findings): HostGroup<T>[] {
  const hosts = new Map(ordered.map((member) => [member, hostsOf(member, findings)]));
  const domains = [...new Set([...hosts.values()].flat())].sort((a, b) => Number(a === ANY) - Number(b === ANY));
  noteOverlap(domains, findings);
  const groups: { domains: string[]; members: T[] }[] = [];
  for (const domain of domains) {
    const members = ordered.filter((member) => hosts.get(member)?.some((pattern) => covers(pattern, domain)));
    const same = groups.find(
      (group) => !group.domains.includes(ANY) && domain !== ANY && isSame(group.members, members),
    );
    if (same) same.domains.push(domain);
    else groups.push({ domains: [domain], members });
  }
  return groups;
}

function hostsOf({ at, hosts }: Hosted, findings: Findings): readonly string[] {
  if (hosts.length === 0) return [ANY];
  return hosts.map((host, index) => {
    const plain = host.replace(/:\d+$/, '');
    if (plain !== host) findings.note(`${at}.hosts[${index}]`, 'its port is left out: Envoy matches any port here');
    return plain.toLowerCase();
  });
}

/** Whether all that matches a domain of Envoy matches Kong's pattern. */
function covers(pattern: string, domain: string): boolean {
  if (pattern === domain) return true;
  if (pattern.startsWith('*')) return domain.endsWith(pattern.slice(1));
  return pattern.endsWith('*') && domain.startsWith(pattern.slice(0, -1));
}

function noteOverlap(domains: readonly string[], findings: Findings): void {
  const wildcards = domains.filter((domain) => domain !== ANY);
  if (!wildcards.some((name) => name.startsWith('*')) || !wildcards.some((name) => name.endsWith('*'))) return;
  findings.note(
    '',
    'a host that matches both a name with * in front and one with * behind: Envoy takes the former alone',
  );
}

function isSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((member, index) => member === b[index]);
}
