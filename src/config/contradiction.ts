import { ConfigError } from '../errors/index.ts';

/** The merged config cannot be used, whatever layer each field came from. */
export function contradiction(problem: string): ConfigError {
  return new ConfigError('SIGV4_CONFIG_INVALID', `signing config: ${problem}`);
}
