import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ProjectedToken {
  /** Where the container finds it: a link to `..data/token`. */
  path: string;
  read: () => string;
  /** Puts another token in its place in one step, as the kubelet does. */
  rotate: (token: string) => void;
  /** The volume is gone. */
  remove: () => void;
}

/**
 * A service account token in a projected volume as the kubelet's atomic writer keeps it: the content is in a folder of its own,
 * `..data` is a link to that folder, and a rotation renames a new link over `..data`; the path never changes.
 */
export function projectToken(token: string): ProjectedToken {
  const volume = mkdtempSync(join(tmpdir(), 'projected-'));
  const data = join(volume, '..data');
  const path = join(volume, 'token');
  let version = 0;
  const write = (content: string): void => {
    version += 1;
    const folder = `..2026_01_01_00_00_00.${version}`;
    mkdirSync(join(volume, folder));
    writeFileSync(join(volume, folder, 'token'), content, { mode: 0o600 });
    symlinkSync(folder, join(volume, '..data_tmp'));
    const old = version === 1 ? undefined : readlinkSync(data);
    renameSync(join(volume, '..data_tmp'), data);
    if (old !== undefined) rmSync(join(volume, old), { recursive: true });
  };
  write(token);
  symlinkSync(join('..data', 'token'), path);
  return {
    path,
    read: () => readFileSync(path, 'utf8'),
    rotate: write,
    remove: () => rmSync(volume, { recursive: true, force: true }),
  };
}
