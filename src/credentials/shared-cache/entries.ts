import { randomBytes } from 'node:crypto';
import { ErrorReply } from '@redis/client';
import type { Client } from './client.ts';
import type { Connection } from './connection.ts';
import type { DerivedKey } from './derived-key.ts';
import { decodeEntry, type Entry, encodeEntry } from './entry.ts';
import { seal, unseal } from './seal.ts';

/** Of a sealed entry. Session tokens have a few KiB; what somebody left there that is longer is not read to its end. */
const LONGEST_ENTRY_BYTES = 64 * 1024;

/** Deletes a lock if it is still its owner's. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;

export interface Found {
  /** Those that are what was sealed, newest key first. */
  entries: Entry[];
  /** The names of those that are not. */
  refused: string[];
  /** Whether a replica is loading this key. */
  locked: boolean;
}

/** The entries of the fleet and their locks, as commands to Redis. Each throws RedisAway by its promise. */
export class Entries {
  readonly #connection: Connection;
  readonly #keys: readonly [DerivedKey, ...DerivedKey[]];

  constructor(connection: Connection, keys: readonly [DerivedKey, ...DerivedKey[]]) {
    this.#connection = connection;
    this.#keys = keys;
  }

  async find(cacheKey: string): Promise<Found> {
    const names = this.#namesOf(cacheKey);
    const [locked, ...values] = await this.#connection.run((client) =>
      // The lock first: a holder leaves its entry before it lets go, so what has no lock and no entry has none coming.
      Promise.all([client.exists(this.#lockOf(cacheKey)), ...names.map((name) => read(client, name))]),
    );
    const found: Found = { entries: [], refused: [], locked: locked > 0 };
    for (const [index, key] of this.#keys.entries()) {
      const sealed = values[index];
      if (sealed === undefined) continue;
      const plain = unseal(key, cacheKey, sealed);
      const entry = plain && decodeEntry(plain);
      if (entry) found.entries.push(entry);
      else found.refused.push(key.nameOf(cacheKey));
    }
    return found;
  }

  /**
   * Takes the lock of a key.
   * @returns whether it was free. It may have been taken, too, where this throws a time-out: it is let go when the
   * answer comes, or ends with its life
   */
  async lock(cacheKey: string, owner: string, lifeMs: number): Promise<boolean> {
    const name = this.#lockOf(cacheKey);
    const options = { condition: 'NX', expiration: { type: 'PX', value: lifeMs } } as const;
    const answer = await this.#connection.run(
      (client) => client.set(name, owner, options),
      (late) => {
        if (late !== null) this.release(cacheKey, owner).catch(() => {});
      },
    );
    return answer !== null;
  }

  async release(cacheKey: string, owner: string): Promise<void> {
    await this.#connection.run((client) => release(client, this.#lockOf(cacheKey), owner));
  }

  /**
   * Leaves an entry for the others, then lets go of the lock.
   * @param owner of the lock, if it was taken
   * @returns whether the entry was short enough to be left
   */
  async put(cacheKey: string, entry: Entry, lifeMs: number, owner?: string): Promise<boolean> {
    const [key] = this.#keys;
    const sealed = seal(key, cacheKey, encodeEntry(entry));
    const fits = sealed.length <= LONGEST_ENTRY_BYTES;
    await this.#connection.run((client) =>
      Promise.all([
        fits && client.set(key.nameOf(cacheKey), sealed, { expiration: { type: 'PX', value: lifeMs } }),
        owner !== undefined && release(client, this.#lockOf(cacheKey), owner),
      ]),
    );
    return fits;
  }

  async remove(cacheKey: string): Promise<void> {
    const names = this.#namesOf(cacheKey);
    await this.#connection.run((client) => Promise.all(names.map((name) => client.del(name))));
  }

  #namesOf(cacheKey: string): string[] {
    return this.#keys.map((key) => key.nameOf(cacheKey));
  }

  #lockOf(cacheKey: string): string {
    return `${this.#keys[0].nameOf(cacheKey)}:lock`;
  }
}

/** A value that no lock of another has. */
export function newOwner(): string {
  return randomBytes(16).toString('base64url');
}

/** Undefined where there is nothing; what is no string is read as nothing that can be authenticated. */
async function read(client: Client, name: string): Promise<Buffer | undefined> {
  try {
    const value = await client.getRange(name, 0, LONGEST_ENTRY_BYTES);
    return value !== null && value.length > 0 ? value : undefined;
  } catch (error) {
    if (error instanceof ErrorReply && error.message.startsWith('WRONGTYPE')) return Buffer.of();
    throw error;
  }
}

function release(client: Client, name: string, owner: string) {
  return client.eval(RELEASE, { keys: [name], arguments: [owner] });
}
