export { readManifests } from './manifests.ts';
