import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Boto3Run, type Check, runBoto3 } from './support/boto3.ts';
import type { Entrance, Transport } from './support/gateway.ts';
import { SERVER_KEYS } from './support/versitygw.ts';
import { canStream, servable, startWorld, versitygw, type World, WRONG_KEYS } from './support/world.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const WORK_MS = 120_000;
const CHUNK = 64 * KIB;
const SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, MIB];
const ALL: readonly Check[] = [
  ...(['bodies', 'encoding', 'keys', 'listing', 'ranges', 'metadata'] as const),
  ...(['multipart', 'presigned', 'checksums'] as const),
];
/** What takes no parts of 5 MiB. */
const SMALL = ALL.filter((check) => check !== 'multipart');

/** How a body leaves: as the client sent it, in frames that the client made, or in frames that the signer made. */
type Leaves = 'plain' | 'as sent' | 'framed';

interface Way extends Entrance {
  leaves: Leaves;
  sizes?: readonly number[];
  checks?: readonly Check[];
}

const placements = ['downstream', 'upstream'] as const;
const buffered = { bodyMode: 'BUFFERED', bufferLimit: 16 * MIB } as const;
const duplex = { bodyMode: 'FULL_DUPLEX_STREAMED' } as const;
const downstream = { placement: 'downstream' } as const;
const noPresigned = SMALL.filter((check) => check !== 'presigned');

const WAYS: readonly Way[] = [
  ...placements.flatMap((placement): Way[] => {
    const all = { ...buffered, placement, checks: placement === 'upstream' ? ALL : SMALL };
    return [
      { name: `signed-${placement}`, ...all, fields: {}, leaves: 'plain' },
      { name: `unsigned-${placement}`, ...all, fields: { payload: 'unsigned' }, leaves: 'plain' },
      { name: `passthrough-${placement}`, ...all, fields: { payload: 'passthrough' }, leaves: 'as sent' },
    ];
  }),
  // An upstream filter that streams loses a body that ends before the connection to S3 is there, so there is none here.
  {
    ...{ name: 'streaming', ...downstream, ...duplex, fields: { payload: 'streaming' }, leaves: 'framed' },
    sizes: [...SIZES, 20 * MIB],
  },
  // A presigned request declares no hash: there is nothing to pass through.
  {
    ...{ name: 'passthrough-unread', ...downstream, bodyMode: 'NONE', fields: { payload: 'passthrough' } },
    ...{ leaves: 'as sent', checks: noPresigned },
  },
  { name: 'passthrough-duplex', ...downstream, ...duplex, fields: { payload: 'passthrough' }, leaves: 'as sent' },
  {
    ...{ name: 'in-the-query', ...downstream, ...buffered, fields: { payload: 'unsigned', sign_query: true } },
    leaves: 'plain',
  },
];
const CHECKSUMS = [undefined, 'crc32', 'crc32c', 'crc64nvme'] as const;
const checksumWay = (checksum: string | undefined): Entrance => ({
  ...{ name: `trailer-${checksum}`, ...downstream, ...duplex },
  fields: { payload: 'streaming', ...(checksum && { trailer_checksum: checksum }) },
});

const transports: readonly Transport[] = ['http', 'https'];
const ROUNDS = WAYS.filter(servable).flatMap((way) =>
  transports.map((transport) => ({ way, transport, name: way.name })),
);

describe.skipIf(versitygw === undefined)("boto3 with nobody's keys, and an S3 server that verifies", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld([...WAYS, ...CHECKSUMS.map(checksumWay)].filter(servable));
  });
  afterAll(() => world?.close());

  const run = (entrance: string, transport: Transport, checks: readonly Check[]): Boto3Run => ({
    ...{ endpoint: world.endpoint(entrance, transport), bucket: `${entrance}-${transport}`, checks },
    ...{ sizes: SIZES, part_bytes: 5 * MIB, client_checksums: true },
  });

  describe('through each payload mode', () => {
    let results: Record<Check, unknown>[];
    beforeAll(async () => {
      const runs = ROUNDS.map(({ way, transport }) => ({
        ...run(way.name, transport, way.checks ?? ALL),
        ...(way.sizes && { sizes: way.sizes }),
        ...(way.leaves === 'framed' && { part_bytes: 8 * MIB }),
      }));
      results = await runBoto3(runs, world.caFile);
    }, WORK_MS);

    it.each(ROUNDS)('$name over $transport', ({ way, transport }) => {
      const index = ROUNDS.findIndex((round) => round.way === way && round.transport === transport);
      expect(results[index]).toEqual(expected(way, transport));
    });
  });

  it.skipIf(!canStream)('has the checksum that the route asks for stored, where the client sends none', async () => {
    const runs = CHECKSUMS.map((checksum) => ({
      ...run(checksumWay(checksum).name, 'https', ['stored_checksums']),
      client_checksums: false,
    }));
    const stored = await runBoto3(runs, world.caFile);
    // S3 itself adds a CRC-64/NVME where it gets none; boto3 sends no body where there is none.
    const names = (checksum = 'crc64nvme') => [`Checksum${checksum.toUpperCase()}`];
    const parts = { listed: true, same: true, transferred: true, open: 0 };
    expect(stored).toEqual(
      CHECKSUMS.map((checksum) => ({
        stored_checksums: {
          ...Object.fromEntries(SIZES.map((size) => [size, names(size > 0 ? checksum : undefined)])),
          parts,
        },
      })),
    );
  });

  it.skipIf(!canStream)("leaves the client's own checksum alone where the route asks for another", async () => {
    const runs = transports.map((transport) => ({
      ...run('trailer-crc32c', transport, ['bodies', 'checksums', 'multipart']),
      bucket: `own-checksum-${transport}`,
    }));
    for (const [index, { bodies, ...rest }] of (await runBoto3(runs, world.caFile)).entries()) {
      expect(bodies, transports[index]).toEqual(expectedBodies(SIZES, (size) => encodingOf('framed', 'http', size)));
      expect(rest, transports[index]).toEqual({
        checksums: everyChecksum,
        multipart: expect.objectContaining({ same: true }),
      });
    }
  });

  it.each([
    { what: "nobody's keys", keys: WRONG_KEYS, code: expect.any(String) },
    {
      what: "the server's own key with another secret",
      keys: [SERVER_KEYS.accessKeyId, WRONG_KEYS[1]] as const,
      code: 'SignatureDoesNotMatch',
    },
  ])('is refused by the server itself with $what', async ({ keys, code }) => {
    const direct = { ...run('signed-downstream', 'https', ['probe']), create: false };
    const [results] = await runBoto3(
      [{ ...direct, endpoint: `https://localhost:${world.s3.port}` }],
      world.caFile,
      keys,
    );
    const refused = { refused: { status: expect.toSatisfy((status: number) => status >= 400), code } };
    expect(results).toEqual({ probe: { list: refused, get: refused, put: refused, delete: refused } });
  });
});

const everyChecksum = { CRC32: true, SHA1: true, SHA256: true };

function expected({ leaves, checks = ALL, sizes = SIZES }: Way, transport: Transport): object {
  const all = {
    bodies: expectedBodies(sizes, (size) => encodingOf(leaves, transport, size)),
    encoding:
      leaves === 'framed'
        ? 'aws-chunked,gzip'
        : leaves === 'as sent' && transport === 'https'
          ? 'gzip,aws-chunked'
          : 'gzip',
    keys: expect.toSatisfy((keys: object) =>
      Object.values(keys).every((key) => JSON.stringify(key) === '{"same":true,"copied":true}'),
    ),
    listing: {
      ...{ 'wrong prefixes': [], folders: ['list/k=v/', 'list/ünï/'], left: [] },
      ...{ paged: true, after: true, deleted: true },
    },
    ranges: {
      'bytes=0-0': [0],
      'bytes=5-9': [5, 6, 7, 8, 9],
      'bytes=250-': [250, 251, 252, 253, 254, 255],
      'bytes=-3': [253, 254, 255],
    },
    metadata: {
      metadata: {
        blanks: 'two  blanks   and more',
        empty: '',
        signs: `a=b; c,d "e" 'f' %41 +%2B \\ <g>`,
        'with-many-dashes_and.dots': 'x',
      },
      headers: {
        ContentType: 'text/x-odd; charset="utf-8"; q=1',
        CacheControl: 'max-age=1, private',
        ContentDisposition: 'attachment; filename="a b+c&d.bin"',
        ContentLanguage: 'de, en',
      },
      overridden: true,
      tags: { a: 'b c', 'd+e': 'f' },
    },
    multipart: { listed: true, same: true, transferred: true, open: 0 },
    presigned: {
      put: 200,
      got: [200, true, 'a/b; c=d'],
      part: [206, true],
      head: [200, '5000'],
      deleted: 204,
    },
    checksums: everyChecksum,
  };
  return Object.fromEntries(Object.entries(all).filter(([check]) => checks.some((name) => name === check)));
}

function expectedBodies(sizes: readonly number[], encoding: (size: number) => unknown): object {
  const body = (size: number) => ({ same: true, length: size, crc32: true, encoding: encoding(size) });
  return Object.fromEntries(sizes.map((size) => [size, body(size)]));
}

/** S3 takes `aws-chunked` off what it stores; this server does not, and so tells how a body came. */
function encodingOf(leaves: Leaves, transport: Transport, size: number): string | null {
  if (leaves === 'framed') return size > CHUNK ? 'aws-chunked' : null;
  return leaves === 'as sent' && transport === 'https' ? 'aws-chunked' : null;
}
