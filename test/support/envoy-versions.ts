import { DEFAULT_ENVOY_VERSION, ENVOY_VERSIONS, namedEnvoyVersion } from '../../scripts/tools.ts';

/** What a test that shows something on more than one Envoy runs on: the oldest and the newest, or the one that is named. */
export function testedEnvoyVersions(): readonly string[] {
  const named = namedEnvoyVersion();
  return named === undefined ? [ENVOY_VERSIONS[0], DEFAULT_ENVOY_VERSION] : [named];
}

/** Whether the Envoy that tests run on is older than a minor version such as `1.38`. */
export function isOlderThan(minor: string): boolean {
  const [major = 0, feature = 0] = numbers(namedEnvoyVersion() ?? DEFAULT_ENVOY_VERSION);
  const [wantedMajor = 0, wantedFeature = 0] = numbers(minor);
  return major < wantedMajor || (major === wantedMajor && feature < wantedFeature);
}

function numbers(version: string): number[] {
  return version.split('.').map(Number);
}
