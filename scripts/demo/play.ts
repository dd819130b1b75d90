import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { type HttpAnswer, send } from './client.ts';
import { type AwsRecord, type Journal, journalShape, type StsRecord } from './journal.ts';
import type { Scene, TokenWish } from './scenes.ts';

/** Where the demo's parts are reached. */
export interface Stage {
  /** `http://host:port` of Envoy. */
  gateway: string;
  /** … of the stand-in's control port. */
  control: string;
  issuer: string;
  aws: string;
}

/** What came of one scene. */
export interface Observation {
  answer: HttpAnswer;
  /** Of the answer, if it is the signer's. */
  code: string | undefined;
  message: string | undefined;
  /** The headers that the client sent. */
  sent: Record<string, string>;
  token: string | undefined;
  sts: StsRecord[];
  aws: AwsRecord[];
  /** Requests whose headers reached AWS, whole or not. */
  awsStarted: number;
}

const addressesShape = z.object({ issuer: z.string(), aws: z.string() });
const refusalShape = z.object({ code: z.string(), message: z.string() });

/** Asks the stand-in where the issuer and AWS are. */
export async function findStage(gateway: string, control: string): Promise<Stage> {
  return { gateway, control, ...addressesShape.parse(JSON.parse(await ask(control, 'GET', '/addresses'))) };
}

/** Plays scenes one after the other; nobody else may send requests meanwhile. */
export class Player {
  readonly #stage: Stage;
  readonly #tokens = new Map<string, string>();
  /** In seconds; another one each time, as two runs within a second would else have the same tokens. */
  readonly #lifetime = randomInt(3_600, 1_000_000);

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async play(scene: Scene): Promise<Observation> {
    const { gateway, aws, control } = this.#stage;
    const token = scene.token && (await this.#token(scene.token));
    if (scene.stopsSts) await ask(control, 'POST', '/sts/down');
    const before = await this.#journal();
    const sent = { accept: '*/*', ...scene.headers, ...(token && { authorization: `Bearer ${token}` }) };
    const { method, path, body } = scene;
    const origin = scene.via === 'envoy' ? gateway : aws;
    const answer = await send({ method, path, origin, headers: sent, ...(body !== undefined && { body }) });
    const after = await this.#journal();
    const refusal = refusalShape.safeParse(parseJson(answer.body)).data;
    return {
      answer,
      code: refusal?.code,
      message: refusal?.message,
      sent,
      token,
      sts: after.sts.slice(before.sts.length),
      aws: after.aws.slice(before.aws.length),
      awsStarted: after.awsStarted - before.awsStarted,
    };
  }

  /** Puts everything back that the scenes took away. */
  async restore(): Promise<void> {
    await ask(this.#stage.control, 'POST', '/sts/down');
    await ask(this.#stage.control, 'POST', '/sts/up');
  }

  async #token({ sub, kind }: TokenWish): Promise<string> {
    const key = `${sub} ${kind}`;
    const path = `/token?sub=${sub}&kind=${kind}&expires_in=${this.#lifetime}&format=text`;
    const token = this.#tokens.get(key) ?? (await ask(this.#stage.issuer, 'GET', path));
    this.#tokens.set(key, token);
    return token;
  }

  async #journal(): Promise<Journal> {
    return journalShape.parse(JSON.parse(await ask(this.#stage.control, 'GET', '/journal')));
  }
}

async function ask(origin: string, method: string, path: string): Promise<string> {
  const { status, body } = await send({ origin, method, path, headers: {} });
  if (status !== 200) throw new Error(`${method} ${origin}${path.replace(/\?.*/, '')} answered ${status}`);
  return body;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
