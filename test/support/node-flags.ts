import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');
const [shebang = ''] = readFileSync(main, 'utf8').split('\n');

/** Those that users start the service with: of the command's first line, `#!/usr/bin/env -S node FLAGS`. */
export const NODE_FLAGS: readonly string[] = shebang.split(' ').filter((word) => word.startsWith('--'));
