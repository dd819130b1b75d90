/**
 * Whether a text matches a glob, in which `*` stands for any characters. Takes time in proportion to the lengths'
 * product at most: a tenant's glob is not to stop the service, as a regular expression made of it could.
 */
export function matchesGlob(pattern: string, subject: string): boolean {
  let star = -1;
  let resumeAt = 0;
  let p = 0;
  for (let t = 0; t < subject.length; ) {
    if (pattern[p] === '*') {
      star = p++;
      resumeAt = t;
    } else if (pattern[p] === subject[t]) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** The same for host names, in which letters of either case are the same. */
export function matchesHostGlob(glob: string, host: string): boolean {
  return matchesGlob(glob.toLowerCase(), host.toLowerCase());
}
