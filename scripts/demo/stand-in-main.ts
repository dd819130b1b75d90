// The demo's AWS as a process of its own, for docker compose.
import { parseArgs } from 'node:util';
import { startDemoStandIn } from './stand-in.ts';

const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, name: { type: 'string', default: '127.0.0.1' } },
});
const ports = { issuer: 9000, sts: 9001, service: 9002, control: 9003 };
const { close } = await startDemoStandIn({ ...values, ports });
console.log(JSON.stringify({ msg: 'ready', ...ports }));
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void close());
