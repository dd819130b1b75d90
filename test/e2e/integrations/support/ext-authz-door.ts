import { existsSync } from 'node:fs';
import { join } from 'node:path';

const room = join(import.meta.dirname, '..', '..', '..', '..', 'src', 'ext-authz');

/**
 * Whether the service has its ext_authz door. The tests of gateways that have no ext_proc are pending until it has, and
 * run from then on with nothing changed.
 */
export const HAS_EXT_AUTHZ_DOOR = existsSync(room);
