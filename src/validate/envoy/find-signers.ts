import { INITIAL_METADATA_KEY } from '../../config/index.ts';
import type { Signer } from '../model/signer.ts';
import type { HttpFilter, Route } from '../model/traffic.ts';
import { readExtAuthz } from './ext-authz.ts';
import { readExtProc } from './ext-proc.ts';

/**
 * The signers among a chain's filters. An ext_proc or ext_authz filter is one if its gRPC metadata or its cluster says
 * so; or, where none does, if it is the only one of its kind in front of routes that hold signing config.
 */
export function signersAmong(
  filters: readonly HttpFilter[],
  placement: Signer['placement'],
  routes: readonly Route[] | undefined,
): Signer[] {
  const candidates = filters.flatMap((filter) => signerOf(filter, placement) ?? []);
  const named = candidates.filter(isNamedSigner);
  if (named.length > 0) return named;
  const [only, ...others] = candidates.filter(({ door }) => door === 'ext_proc');
  const holdsConfig = (routes ?? []).some(({ layers }) => layers.length > 0);
  return only !== undefined && others.length === 0 && holdsConfig ? [only] : [];
}

/** An ext_proc or ext_authz filter over gRPC, whoever it asks. */
export function signerOf(filter: HttpFilter, placement: Signer['placement']): Signer | undefined {
  const { config, kind, at, name } = filter;
  if (config === undefined) return undefined;
  if (kind === 'ext_proc') return readExtProc(config, at, name, placement);
  if (kind === 'ext_authz' && config.get('grpc_service')) return readExtAuthz(config, at, name, placement);
  return undefined;
}

/** Whether what a filter asks says by its name, or by what it is sent, that it is the signer. */
export function isNamedSigner({ channels, cluster, authority, filterName }: Signer): boolean {
  const names = [cluster?.value, authority, filterName];
  return (
    channels.initialMetadata.some(({ key }) => key.startsWith(INITIAL_METADATA_KEY)) ||
    names.some((name) => name !== undefined && SIGNER_NAME.test(name))
  );
}

export const SIGNER_NAME = /sig-?v4|aws-?_?request-?_?sign/i;
