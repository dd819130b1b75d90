/** All that `explain` has to say, fit to be shown: masked, and readable as UTF-8. Printed as text or as JSON. */
export interface Report {
  outcome: 'signed' | 'passed' | 'refused';
  request: {
    method: string;
    path: string;
    authority: string;
    headers: NamedValue[];
    bodyBytes: number;
  };
  route?: Fact[];
  /** Where the service would answer in AWS's stead. */
  refusal?: { code: string; status: number; message: string; advice?: string };
  /** Where the request would leave unsigned: the setting that lets it. */
  passed?: { because: string; remove: readonly string[] };
  signing?: SigningReport;
  aws?: AwsReport;
  notes: string[];
}

export interface NamedValue {
  name: string;
  value: string;
}

export interface Fact extends NamedValue {
  /** The layer of the route's config that says so. */
  from?: string;
}

export interface SigningReport {
  credentials: string;
  body: string;
  canonicalRequest: string[];
  stringToSign: string[];
  signature: string;
  /** What Envoy is told to change. */
  changes: Change[];
  /** The resulting URL, where the signature is in the query. */
  url?: string;
  firstChunk?: { bytes: number; stringToSign: string[]; signature: string };
}

export type Change =
  | { kind: 'rewrite'; name: string; from: string; to: string }
  | { kind: 'remove'; name: string }
  | { kind: 'set'; name: string; value: string; replaces: boolean };

export interface AwsReport {
  code?: string;
  message?: string;
  meaning?: string;
  remedies: readonly string[];
  comparison?: ComparisonReport;
}

export interface ComparisonReport {
  equal: boolean;
  lines: { name: string; ours: string | null; aws: string | null; same: boolean }[];
  firstDifference?: { name: string; ours: string | null; aws: string | null };
  causes: readonly string[];
}

/** Whether something is to be mended: decides the exit code. */
export function hasFinding(report: Report): boolean {
  return report.outcome === 'refused' || report.aws?.comparison?.equal === false;
}
