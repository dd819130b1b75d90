export { openTracing, type Tracing } from './open-tracing.ts';
export { parseTraceparent } from './traceparent.ts';
