/** A moment as `YYYYMMDDTHHMMSSZ`, the form of x-amz-date. */
export function amzDate(now: Date): string {
  return `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
