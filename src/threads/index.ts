export { makeNicer } from './niceness.ts';
