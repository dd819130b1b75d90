export { Journal, type Refusal } from './journal.ts';
export { type Counts, noCounts, OUTCOMES } from './recent-counts.ts';
export type { SeenRoute } from './route-book.ts';
