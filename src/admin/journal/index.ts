export { Journal, type Refusal } from './journal.ts';
export { type Counts, noCounts, OUTCOMES } from './recent-counts.ts';
export { ROUTES_KEPT, type SeenRoute, SILENT_MS } from './route-book.ts';
export type { RouteTraffic } from './route-traffic.ts';
