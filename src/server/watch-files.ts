import { readFile } from 'node:fs/promises';

const INTERVAL_MS = 1_000;

export interface WatchOptions {
  /**
   * Told of new contents, in the order of the paths, once two readings in a row have found the same. What it throws
   * makes no difference to the watch: the same contents are not told again.
   */
  onChange: (contents: Buffer[]) => unknown;
  intervalMs?: number;
}

export interface FileWatch {
  /** Reads at once, and tells of what there is, changed or not. */
  readNow(): Promise<void>;
  close(): void;
}

/**
 * Watches small files by reading them: that sees writes in place, renames, and symlinks that are turned to another
 * folder (as Kubernetes does) alike, on every file system. Files that cannot be read are as they were.
 * @param initial what the files held when they were taken into use
 */
export function watchFiles(paths: readonly string[], initial: readonly Buffer[], options: WatchOptions): FileWatch {
  let known = initial;
  let before = initial;
  let reading: Promise<void> = Promise.resolve();

  const read = async (tellAnyway: boolean) => {
    let now: Buffer[];
    try {
      now = await Promise.all(paths.map((path) => readFile(path)));
    } catch {
      return;
    }
    const settled = tellAnyway || same(now, before);
    before = now;
    if (!settled || (same(now, known) && !tellAnyway)) return;
    known = now;
    await options.onChange(now);
  };
  // One after the other, so that the last reading is the last that is told.
  const enqueue = (tellAnyway: boolean) => {
    reading = reading.then(() => read(tellAnyway)).catch(() => undefined);
    return reading;
  };
  const timer = setInterval(() => enqueue(false), options.intervalMs ?? INTERVAL_MS);
  timer.unref();
  return { readNow: () => enqueue(true), close: () => clearInterval(timer) };
}

function same(a: readonly Buffer[], b: readonly Buffer[]): boolean {
  return a.length === b.length && a.every((content, index) => b[index]?.equals(content));
}
