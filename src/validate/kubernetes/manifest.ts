import type { ConfigNode } from '../source/index.ts';

/** A Kubernetes resource. */
export interface Manifest {
  readonly at: ConfigNode;
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly spec: ConfigNode | undefined;
}

/** The resources of all documents; those in a List too. */
export function manifestsIn(documents: readonly ConfigNode[]): Manifest[] {
  return documents.flatMap((at) => {
    if (at.get('kind')?.text === 'List') return manifestsIn(at.list('items'));
    return [
      {
        at,
        group: at.get('apiVersion')?.text?.split('/')[0] ?? '',
        kind: at.get('kind')?.text ?? '',
        name: at.at('metadata', 'name')?.text ?? '',
        namespace: at.at('metadata', 'namespace')?.text ?? 'default',
        spec: at.get('spec'),
      },
    ];
  });
}

/** The resources of one API group, found by kind. */
export class Resources {
  readonly #all: readonly Manifest[];

  constructor(all: readonly Manifest[]) {
    this.#all = all;
  }

  of(kind: string, ...groups: readonly string[]): Manifest[] {
    return this.#all.filter((one) => one.kind === kind && (groups.length === 0 || groups.includes(one.group)));
  }
}

/** A reference by name to another resource, which may name its namespace. */
export function refersTo(reference: ConfigNode | undefined, manifest: Manifest, from: Manifest): boolean {
  if (reference?.get('name')?.text !== manifest.name) return false;
  const kind = reference.get('kind')?.text;
  if (kind !== undefined && kind !== manifest.kind) return false;
  return (reference.get('namespace')?.text ?? from.namespace) === manifest.namespace;
}

/** What a policy is attached to. */
export function targets(policy: Manifest): ConfigNode[] {
  const one = policy.spec?.get('targetRef');
  return [...(policy.spec?.list('targetRefs') ?? []), ...(one ? [one] : [])];
}

/** A quantity of bytes such as `8Mi`. */
export function quantity(node: ConfigNode | undefined): number | undefined {
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)?$/.exec(node?.text ?? '') ?? [];
  const factors: Record<string, number> = { '': 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
  return amount === '' ? undefined : Number(amount) * (factors[unit] ?? 1);
}
