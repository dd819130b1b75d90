import type { Traffic } from '../model/traffic.ts';
import type { ConfigNode } from '../source/index.ts';
import { readConsul } from './consul.ts';
import { readContour } from './contour.ts';
import { readEmissary } from './emissary.ts';
import { readEnvoyGateway } from './envoy-gateway.ts';
import { readGloo } from './gloo.ts';
import { readIstio } from './istio.ts';
import { readKgateway } from './kgateway.ts';
import { readKuma } from './kuma.ts';
import { manifestsIn, Resources } from './manifest.ts';

/** What each gateway makes of its resources, whatever files they are in. */
export function readManifests(documents: readonly ConfigNode[]): Traffic[] {
  const manifests = manifestsIn(documents);
  const resources = new Resources(manifests);
  const gateways = [readEnvoyGateway, readGloo, readKgateway, readContour, readEmissary];
  const meshes = [readIstio, readConsul, readKuma];
  return [...meshes.flatMap((read) => read(resources)), ...gateways.map((read) => read(resources))];
}
