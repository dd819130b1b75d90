export { createAdminServer } from './admin-server.ts';
export { Journal } from './journal/index.ts';
export { Metrics } from './metrics.ts';
export type { PageSources } from './page/index.ts';
