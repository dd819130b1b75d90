/** Something of the Kong file that the output does not have as it stood there. */
export interface Finding {
  /** `error`: left out, so that the output is not whole. `note`: to look at. */
  severity: 'error' | 'note';
  /** Where in the Kong file, `services[0].routes[1].paths[0]`; empty for the file itself. */
  at: string;
  message: string;
}

/** Collects findings, each once. */
export class Findings {
  readonly #found = new Map<string, Finding>();

  error(at: string, message: string): void {
    this.#add({ severity: 'error', at, message });
  }

  note(at: string, message: string): void {
    this.#add({ severity: 'note', at, message });
  }

  /** Errors first, each kind in the order in which it was found. */
  get all(): readonly Finding[] {
    const found = [...this.#found.values()];
    return [...found.filter(isError), ...found.filter((finding) => !isError(finding))];
  }

  get hasErrors(): boolean {
    return [...this.#found.values()].some(isError);
  }

  #add(finding: Finding): void {
    const key = `${finding.severity} ${finding.at} ${finding.message}`;
    if (!this.#found.has(key)) this.#found.set(key, finding);
  }
}

function isError({ severity }: Finding): boolean {
  return severity === 'error';
}

/** One line: where, and what. */
export function textOf({ at, message }: Finding): string {
  return at === '' ? message : `${at}: ${message}`;
}
