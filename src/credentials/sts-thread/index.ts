export { StsThread } from './sts-thread.ts';
