/**
 * Resolves to the first SIGTERM or SIGINT from now on. To be called before anything slow: the kernel throws away what
 * process 1 of a container has no handler for, and the container would then hang until it is killed.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
}
