/** For defects that no test provokes: thrown where nobody catches them, they fail the run. */
export function rethrow(error: unknown): never {
  throw error;
}
