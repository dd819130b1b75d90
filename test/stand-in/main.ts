import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DEMO_WORKLOAD, demoRoles } from './demo-config.ts';
import { type Role, type StandInOptions, startStandIn, type User } from './index.ts';

const USAGE = `node test/stand-in/main.ts [--host 127.0.0.1] [--issuer-port 9000] [--sts-port 9001] [--service-port 9002]
  [--issuer http://NAME:PORT] [--service execute-api|any] [--region us-east-1|any] [--config FILE]
Each flag has an environment variable, STAND_IN_ISSUER_PORT for --issuer-port and so on.
FILE is JSON: {"roles": [...], "users": [...], "service": {...}} as for startStandIn(), on top of the demo's roles.
`;

const DEFAULTS = {
  host: '127.0.0.1',
  'issuer-port': '9000',
  'sts-port': '9001',
  'service-port': '9002',
  issuer: '',
  service: 'execute-api',
  region: 'us-east-1',
  config: '',
};

type Setting = keyof typeof DEFAULTS;

interface FileConfig {
  roles?: Role[];
  users?: User[];
  service?: StandInOptions['service'];
}

function readSettings(): (name: Setting) => string {
  const names = Object.keys(DEFAULTS) as Setting[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { values } = parseArgs({ options });
  return (name) => {
    const variable = `STAND_IN_${name.toUpperCase().replaceAll('-', '_')}`;
    return String(values[name] ?? process.env[variable] ?? DEFAULTS[name]);
  };
}

function port(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error(`not a port: ${text}`);
  return number;
}

async function main(): Promise<void> {
  const setting = readSettings();
  const configFile = setting('config');
  const file: FileConfig = configFile ? (JSON.parse(readFileSync(configFile, 'utf8')) as FileConfig) : {};
  const scope = (['service', 'region'] as const).filter((name) => setting(name) !== 'any');
  const standIn = await startStandIn({
    host: setting('host'),
    ports: {
      issuer: port(setting('issuer-port')),
      sts: port(setting('sts-port')),
      service: port(setting('service-port')),
    },
    ...(setting('issuer') && { issuer: setting('issuer') }),
    roles: (issuer) => [...demoRoles(issuer), ...(file.roles ?? [])],
    users: [DEMO_WORKLOAD, ...(file.users ?? [])],
    service: { ...Object.fromEntries(scope.map((name) => [name, setting(name)])), ...file.service },
  });
  const { issuer, sts, service } = standIn;
  const ready = {
    msg: 'ready',
    issuer: issuer.issuer,
    token: `${issuer.url}/token`,
    sts: sts.url,
    service: service.url,
  };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void standIn.close());
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  process.exitCode = 1;
});
