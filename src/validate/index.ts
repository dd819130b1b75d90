export type { Finding } from './finding.ts';
export { renderGithub } from './render/github.ts';
export { renderJson } from './render/json.ts';
export { renderSarif } from './render/sarif.ts';
export { type Paint, renderText } from './render/text.ts';
export { RULES } from './rules/index.ts';
export { UnreadableError } from './source/index.ts';
export { type InputFile, type Report, type ValidateInput, validate } from './validate.ts';
