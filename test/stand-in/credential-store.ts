import { randomBytes } from 'node:crypto';

/** Who a set of credentials speaks for. Holds no secret. */
export interface Principal {
  /** `arn:…:iam::…:user/…` or `arn:…:sts::…:assumed-role/ROLE/SESSION`. */
  arn: string;
  accessKeyId: string;
  /** The role, for a role session. */
  roleArn?: string;
  sessionName?: string;
  /** `sub` of the web identity token the session came from. */
  subject?: string;
  sourceIdentity?: string;
  /** Session tags that go along into each role that is assumed from here. */
  transitiveTags?: Readonly<Record<string, string>>;
}

export interface StoredCredentials {
  secretAccessKey: string;
  sessionToken?: string;
  /** Absent on a long-lived user. */
  expiration?: Date;
  principal: Principal;
}

export interface User {
  arn: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface IssuedSession extends Required<Omit<StoredCredentials, 'principal'>> {
  accessKeyId: string;
  principal: Principal;
}

const KEY_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function accessKeyId(prefix: string): string {
  return prefix + Array.from(randomBytes(16), (byte) => KEY_ALPHABET[byte % KEY_ALPHABET.length]).join('');
}

/** Every key that AWS would know: long-lived users, and role sessions as STS issues them. Lives in memory only. */
export class CredentialStore {
  readonly #byKey = new Map<string, StoredCredentials>();

  constructor(users: readonly User[] = []) {
    for (const user of users) this.addUser(user);
  }

  addUser({ arn, accessKeyId, secretAccessKey }: User): void {
    this.#byKey.set(accessKeyId, { secretAccessKey, principal: { arn, accessKeyId } });
  }

  /** New temporary credentials (`ASIA…`) for a role session. */
  issueSession(principal: Omit<Principal, 'accessKeyId'>, expiration: Date): IssuedSession {
    const id = accessKeyId('ASIA');
    const session = {
      secretAccessKey: randomBytes(30).toString('base64'),
      // Real tokens hold `+`, `/` and `=`: a signer that encodes them wrongly must be seen.
      sessionToken: `IQoJb3JpZ2lu//+${randomBytes(255).toString('base64')}==`,
      expiration,
      principal: { ...principal, accessKeyId: id },
    };
    this.#byKey.set(id, session);
    return { accessKeyId: id, ...session };
  }

  find(accessKeyId: string): StoredCredentials | undefined {
    return this.#byKey.get(accessKeyId);
  }

  /** Makes one key unknown from now on. */
  revoke(accessKeyId: string): void {
    this.#byKey.delete(accessKeyId);
  }

  /** Moves a session's expiry, as when AWS ends it early. Unknown keys are an error. */
  expire(accessKeyId: string, expiration: Date): void {
    const credentials = this.#byKey.get(accessKeyId);
    if (!credentials) throw new Error(`unknown access key ${accessKeyId}`);
    credentials.expiration = expiration;
  }

  /** Every secret key and session token so far. */
  secrets(): string[] {
    return [...this.#byKey.values()].flatMap(({ secretAccessKey, sessionToken }) =>
      sessionToken === undefined ? [secretAccessKey] : [secretAccessKey, sessionToken],
    );
  }

  /** The principals of all role sessions issued so far, oldest first. */
  sessions(): Principal[] {
    return [...this.#byKey.values()].filter((entry) => entry.sessionToken).map((entry) => entry.principal);
  }
}
