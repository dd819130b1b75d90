import type { z } from 'zod';

export interface ValidationProblem {
  path: readonly PropertyKey[];
  /** What is wrong, without the value that is wrong: it may be a secret put in the wrong place. */
  message: string;
}

/** zod's issues, one problem for each field concerned, unknown ones included. */
export function problemsOf(error: z.ZodError): ValidationProblem[] {
  return error.issues.flatMap((issue): ValidationProblem[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'is not a known field' }));
    }
    if (issue.code === 'invalid_type') {
      const article = /^[aeiou]/.test(issue.expected) ? 'an' : 'a';
      return [{ path: issue.path, message: `must be ${article} ${issue.expected}` }];
    }
    if (issue.code === 'invalid_value') {
      return [{ path: issue.path, message: `must be one of ${issue.values.map(String).join(', ')}` }];
    }
    if (issue.code === 'invalid_key') {
      return [{ path: issue.path, message: issue.issues[0]?.message ?? 'may not be a key' }];
    }
    if (issue.code === 'too_small') return [{ path: issue.path, message: `must be at least ${issue.minimum}` }];
    if (issue.code === 'too_big') return [{ path: issue.path, message: `must be at most ${issue.maximum}` }];
    return [{ path: issue.path, message: issue.message }];
  });
}

/** `defaults.signed_headers[0]` */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}
