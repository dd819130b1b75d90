import { Histogram, type Percentiles } from '../../../../bench/histogram.ts';
import type { ClientResponse } from '../client.ts';

const TICK_MS = 5;

export interface LoadReport {
  sent: number;
  /** Answers by status; requests without one by their error's message. */
  byStatus: Record<string, number>;
  latencyMs: Percentiles;
  /** Answers that the load's owner did not want, the first few of them. */
  unwanted: string[];
}

export interface SteadyLoad {
  /** Sends no more; resolves when all answers are there. */
  stop: () => Promise<LoadReport>;
}

export interface LoadOptions {
  perSecond: number;
  /** Sends the n-th request. */
  ask: (n: number) => Promise<ClientResponse>;
  /** What is wrong with the answer to the n-th request. */
  judge?: (response: ClientResponse, n: number) => string | undefined;
}

/**
 * Sends requests at a pace of its own, however long answers take, so that one that has to wait is seen to wait and does
 * not hold back the others.
 */
export function startLoad({ perSecond, ask, judge = () => undefined }: LoadOptions): SteadyLoad {
  const latency = new Histogram();
  const byStatus: Record<string, number> = {};
  const unwanted: string[] = [];
  const underWay = new Set<Promise<void>>();
  const started = performance.now();
  let sent = 0;
  const one = async (n: number) => {
    const sentAt = performance.now();
    let status: string;
    try {
      const response = await ask(n);
      status = String(response.status);
      const problem = judge(response, n);
      if (problem !== undefined && unwanted.length < 5) unwanted.push(`request ${n}: ${problem}`);
    } catch (error) {
      status = String(error);
    }
    latency.record(performance.now() - sentAt);
    byStatus[status] = (byStatus[status] ?? 0) + 1;
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - started) / 1000) * perSecond;
    while (sent < due) {
      const request = one(sent++).finally(() => underWay.delete(request));
      underWay.add(request);
    }
  }, TICK_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(underWay);
      return { sent, byStatus, latencyMs: latency.percentiles(), unwanted };
    },
  };
}

/** `1234 requests: p50 2.1, p99 5.0, max 9.9 ms`. */
export function summaryOf({ sent, byStatus, latencyMs }: LoadReport): string {
  const { p50, p99, max } = latencyMs;
  const statuses = JSON.stringify(byStatus);
  return `${sent} requests ${statuses}: p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)} ms`;
}
