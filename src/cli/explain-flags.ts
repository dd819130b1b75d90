import type { CredentialChoice } from '../explain/index.ts';

export interface ExplainFlags {
  route?: string;
  config?: string;
  profile?: string;
  request?: string;
  curl?: string;
  awsAnswer?: string;
  at?: Date;
  credentials: CredentialChoice;
  format: 'text' | 'json';
}

/** Exit code of a wrong usage. */
export const USAGE = 2;
