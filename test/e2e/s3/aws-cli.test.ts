import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsCli, awsCli } from './support/aws-cli.ts';
import type { Entrance, Transport } from './support/gateway.ts';
import { SeededBytes } from './support/seeded-bytes.ts';
import { servable, startWorld, versitygw, type World } from './support/world.ts';

const MIB = 1024 * 1024;
const WORK_MS = 90_000;

const ENTRANCES: readonly Entrance[] = [
  { name: 'signed', placement: 'upstream', bodyMode: 'BUFFERED', bufferLimit: 16 * MIB, fields: {} },
  { name: 'passthrough', placement: 'downstream', bodyMode: 'NONE', fields: { payload: 'passthrough' } },
  {
    ...{ name: 'streaming', placement: 'downstream', bodyMode: 'FULL_DUPLEX_STREAMED' },
    fields: { payload: 'streaming', trailer_checksum: 'crc64nvme' },
  },
];

const ROUNDS = ENTRANCES.filter(servable).flatMap(({ name }): { name: string; transport: Transport }[] => [
  { name, transport: 'https' },
  ...(name === 'streaming' ? [{ name, transport: 'http' as const }] : []),
]);

/** Above 8 MiB the CLI uploads in parts. */
const FILES = new Map<string, Buffer>([
  ...[
    'plain.txt',
    'with space +%41=.txt',
    'ünï/日本語 😀.txt',
    'k=v/semi;colon,\'quotes".txt',
    '!$&()*:@~[]{}|^.txt',
  ].map((name): [string, Buffer] => [name, Buffer.from(`body of ${name}`)]),
  ['empty', Buffer.alloc(0)],
  ['large.bin', new SeededBytes(1).read(20 * MIB + 3)],
]);

describe.skipIf(versitygw === undefined)("the AWS CLI with nobody's keys, and an S3 server that verifies", () => {
  let world: World;
  let folder: string;
  beforeAll(async () => {
    world = await startWorld(ENTRANCES.filter(servable));
    folder = mkdtempSync(join(tmpdir(), 'aws-cli-files-'));
    for (const [name, body] of FILES) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), body);
    }
  });
  afterAll(async () => {
    await world?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.concurrent.each(ROUNDS)(
    'synchronizes, lists, copies, presigns and removes: $name over $transport',
    async ({ name, transport }) => {
      const { aws, close } = await awsCli(world.endpoint(name, transport), world.caFile);
      try {
        await work(aws, `s3://cli-${name}-${transport}`);
      } finally {
        close();
      }
    },
    WORK_MS,
  );

  async function work(aws: AwsCli['aws'], bucket: string): Promise<void> {
    const key = 'with space +%41=.txt';

    await aws('s3', 'mb', bucket);
    await aws('s3', 'sync', folder, `${bucket}/up/`, '--only-show-errors', '--metadata', 'owner=a  b');
    const listed = await aws('s3api', 'list-objects-v2', '--bucket', bucketName(bucket), '--query', 'Contents[].Key');
    expect(new Set(JSON.parse(listed))).toEqual(new Set([...FILES.keys()].map((file) => `up/${file}`)));

    await aws('s3', 'cp', `${bucket}/up/${key}`, `${bucket}/copy/${key}`, '--only-show-errors');
    const at = ['--bucket', bucketName(bucket), '--key', `copy/${key}`];
    const head = JSON.parse(await aws('s3api', 'head-object', ...at, '--checksum-mode', 'ENABLED'));
    expect(head).toMatchObject({ ContentLength: FILES.get(key)?.length, Metadata: { owner: 'a  b' } });

    const presigned = await aws('s3', 'presign', `${bucket}/copy/${key}`);
    expect(await fetched(presigned.trim(), world.certificate.cert)).toEqual(FILES.get(key));

    const back = join(folder, '..', `${bucketName(bucket)}-back`);
    await aws('s3', 'sync', `${bucket}/up/`, back, '--only-show-errors');
    const arrived = digests(back);
    rmSync(back, { recursive: true });
    expect(arrived).toEqual(digests(folder));

    await aws('s3', 'rm', bucket, '--recursive', '--only-show-errors');
    await aws('s3', 'rb', bucket);
    expect((await aws('s3', 'ls')).split(/\s+/)).not.toContain(bucketName(bucket));
  }
});

function bucketName(url: string): string {
  return url.slice('s3://'.length);
}

/** By name, of all files in a folder. */
function digests(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((file) => join(file.parentPath, file.name)).sort();
  const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
  return new Map(paths.map((path) => [path.slice(folder.length + 1), digest(path)]));
}

function fetched(url: string, ca: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? httpsGet : httpGet;
    get(url, { ca, agent: false }, (response) => buffer(response).then(resolve, reject)).once('error', reject);
  });
}
