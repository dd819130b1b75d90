/**
 * Whether a text matches a glob, in which `*` stands for any characters; letters of either case are the same. Takes
 * time in proportion to the lengths' product at most: a tenant's glob is not to stop the service, as a regular
 * expression made of it could.
 */
export function matchesGlob(glob: string, text: string): boolean {
  const pattern = glob.toLowerCase();
  const subject = text.toLowerCase();
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
