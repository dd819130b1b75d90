/** A moment as `YYYYMMDDTHHMMSSZ`, the form of x-amz-date. */
export function amzDate(now: Date): string {
  const second = Math.floor(now.getTime() / 1000);
  if (second !== lastSecond) {
    lastText = `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** Most requests come in the same second as the one before. */
let lastSecond = Number.NaN;
let lastText = '';
