export { createAdminServer } from './admin-server.ts';
export { Metrics } from './metrics.ts';
