import type { Stage, StageObserver } from './observer.ts';

/** Reading the clock twice a stage costs as much as finding the config. Coprime to a request's stages: all get a turn. */
const STAGES_PER_TIMING = 7;

/** Times some of the stages. */
export class StageTimer {
  readonly #observer: StageObserver | undefined;
  #begun = 0;

  constructor(observer: StageObserver | undefined) {
    this.#observer = observer;
  }

  /** When a stage began; 0 where this one is not timed. */
  start(): number {
    return this.#observer !== undefined && this.#begun++ % STAGES_PER_TIMING === 0 ? performance.now() : 0;
  }

  stop(stage: Stage, started: number): void {
    if (started > 0) this.#observer?.stageDone(stage, performance.now() - started);
  }
}
