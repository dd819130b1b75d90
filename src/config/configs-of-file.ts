import { ConfigError } from '../errors/index.ts';
import { finishConfig } from './finish.ts';
import type { Layer } from './layer.ts';
import { mergeLayers } from './merge.ts';
import type { ServerConfig } from './server-config.ts';
import type { SigningConfig } from './signing-config.ts';

/** The signing configs that the server's file holds by itself: those that need nothing more from a route. */
export function configsOfFile(server: ServerConfig): SigningConfig[] {
  const { defaults, profiles } = server;
  const below: Layer[] = defaults ? [defaults] : [];
  return [below, ...[...profiles.values()].map((profile) => [...below, profile])].flatMap((layers) => {
    try {
      return [finishConfig(mergeLayers(layers), server)];
    } catch (error) {
      if (error instanceof ConfigError) return [];
      throw error;
    }
  });
}
