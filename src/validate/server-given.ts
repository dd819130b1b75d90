import { DEFAULT_SERVER_CONFIG, RouteConfigResolver, type ServerConfig, ServerFileError } from '../config/index.ts';
import { parseServerFile } from '../config/server-file.ts';
import type { Finding } from './finding.ts';
import { serverFileInvalid } from './rules/index.ts';
import type { KnownServer } from './subject/judge.ts';

/** The server's file, as far as it could be read. */
export interface ServerGiven {
  readonly name: string;
  readonly server: KnownServer;
  readonly stsTimeoutMs: number;
  readonly findings: readonly Finding[];
}

/** A file that is not at hand may hold whatever routes need of it: token_check, role_mappings. */
const ASSUMED_CONFIG: ServerConfig = {
  ...DEFAULT_SERVER_CONFIG,
  checksTokens: true,
  roleMappings: [{ claim: 'sub', matches: '*', roleArn: 'arn:aws:iam::123456789012:role/assumed' }],
};

export const NO_SERVER_FILE: ServerGiven = {
  name: '',
  server: { resolver: new RouteConfigResolver(ASSUMED_CONFIG), isGiven: false },
  stsTimeoutMs: DEFAULT_SERVER_CONFIG.stsTimeoutMs,
  findings: [],
};

/** Reads the server's file as the server does. One that it would refuse says nothing of the routes' profiles. */
export function readServerFile(text: string, name: string): ServerGiven {
  try {
    const config = parseServerFile(text, name);
    return {
      name,
      server: { resolver: new RouteConfigResolver(config), isGiven: true },
      stsTimeoutMs: config.stsTimeoutMs,
      findings: [],
    };
  } catch (error) {
    if (!(error instanceof ServerFileError)) throw error;
    return { ...NO_SERVER_FILE, name, findings: error.problems.map((problem) => findingIn(problem, name)) };
  }
}

/** The server's problems begin with file and line. */
function findingIn(problem: string, name: string): Finding {
  const [, line = '1', message = problem] = /^:(\d+): (.*)$/s.exec(problem.slice(name.length)) ?? [];
  const path = /^[\w.[\]-]+/.exec(message)?.[0] ?? '';
  const place = { file: name, line: Number(line), column: 1, path: message.startsWith('the file') ? '' : path };
  const { id: rule, severity, fix } = serverFileInvalid;
  return { rule, severity, ...place, message, fix };
}
