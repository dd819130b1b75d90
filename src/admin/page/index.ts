export { PageHandler } from './handler.ts';
export type { PageSources } from './page-sources.ts';
