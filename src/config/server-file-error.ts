/** The server's file cannot be used; each problem names file, line and field. */
export class ServerFileError extends Error {
  override readonly name = 'ServerFileError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}
