import { FileError } from '../errors/index.ts';

/** The server's file cannot be used; each problem names file, line and field. */
export class ServerFileError extends FileError {
  override readonly name = 'ServerFileError';
}
