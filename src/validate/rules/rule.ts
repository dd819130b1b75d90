import type { ConfigNode } from '../source/index.ts';
import type { Subject } from '../subject/subject.ts';

export type Severity = 'error' | 'warning';

/** What a rule found. */
export interface Hit {
  readonly at: ConfigNode;
  /** What is wrong here, and what it leads to. Names only, never values that may be secret. */
  readonly message: string;
  /** How to mend it, where the rule's own words are not the best. */
  readonly fix?: string;
}

/** One thing that is looked for. */
export interface Rule {
  /** Stable: pipelines and suppressions refer to it. */
  readonly id: string;
  readonly severity: Severity;
  /** One sentence, for the table in the docs and for SARIF. */
  readonly title: string;
  readonly fix: string;
  readonly check: (subject: Subject) => Iterable<Hit>;
}
