import { describe, expect, it } from 'vitest';
import { tokenCheckSchema } from '../../../src/config/token-check-schema.ts';
import { fieldPath, problemsOf } from '../../../src/config/validation.ts';

const good = {
  issuer: 'https://idp.example.com/',
  audiences: ['sts.amazonaws.com'],
  jwks_url: 'https://idp.example.com/.well-known/jwks.json',
};
const { jwks_url: _, ...keyless } = good;

/** `field: what is wrong` for each problem of a section with one issuer, or of a whole one. */
function problems(fields: object, section: object = { issuers: [{ ...good, ...fields }] }): string[] {
  const { error } = tokenCheckSchema.safeParse(section);
  return error === undefined ? [] : problemsOf(error).map(({ path, message }) => `${fieldPath(path)} ${message}`);
}

describe('token_check', () => {
  it('is read with its defaults', () => {
    expect(tokenCheckSchema.parse({ issuers: [good] })).toEqual({
      issuers: [
        {
          issuer: good.issuer,
          audiences: good.audiences,
          jwks: { url: good.jwks_url },
          algorithms: ['RS256'],
          requiredClaims: [],
        },
      ],
      clockToleranceSeconds: 5,
    });
  });

  it('is read with everything set', () => {
    const issuers = [
      { ...keyless, jwks_file: '/etc/jwks.json', algorithms: ['ES256', 'EdDSA'], required_claims: ['sub'] },
    ];
    expect(tokenCheckSchema.parse({ issuers, clock_tolerance: 0 })).toEqual({
      issuers: [
        {
          issuer: good.issuer,
          audiences: good.audiences,
          jwks: { file: '/etc/jwks.json' },
          algorithms: ['ES256', 'EdDSA'],
          requiredClaims: ['sub'],
        },
      ],
      clockToleranceSeconds: 0,
    });
  });

  it.each(['none', 'HS256', 'HS384', 'HS512', 'rs256', 'dir'])('takes no algorithm %s', (algorithm) => {
    expect(problems({ algorithms: ['RS256', algorithm] })).toEqual([
      expect.stringMatching(/^issuers\[0\]\.algorithms\[1\] must be one of RS256, /),
    ]);
  });

  it.each([
    'http://idp.example.com/jwks',
    'http://127.0.0.1.example.com/jwks',
    'http://localhost.example.com/jwks',
    'http://10.0.0.1/jwks',
    'https://user:secret@idp.example.com/jwks',
    'file:///etc/jwks.json',
    'idp.example.com/jwks',
    '',
  ])('takes no keys from %j', (url) => {
    expect(problems({ jwks_url: url })).toEqual([
      expect.stringMatching(/^issuers\[0\]\.jwks_url must be an https URL/),
    ]);
  });

  it.each(['http://127.0.0.1:8080/jwks', 'http://localhost/jwks', 'http://[::1]:1/jwks', 'https://10.0.0.1/jwks'])(
    'takes keys from %j',
    (url) => expect(problems({ jwks_url: url })).toEqual([]),
  );

  it.each<[object, string]>([
    [{ audiences: [] }, 'issuers[0].audiences must hold at least one'],
    [{ audiences: undefined }, 'issuers[0].audiences must be an array'],
    [{ audiences: [' '] }, 'issuers[0].audiences[0] must not be empty'],
    [{ issuer: '' }, 'issuers[0].issuer must not be empty'],
    [{ algorithms: [] }, 'issuers[0].algorithms must hold at least one'],
    [{ jwks_file: '/etc/jwks.json' }, 'issuers[0] must have one of jwks_url and jwks_file'],
    [{ jwks_url: undefined }, 'issuers[0] must have one of jwks_url and jwks_file'],
    [{ audience: 'x' }, 'issuers[0].audience is not a known field'],
  ])('refuses %j', (fields, problem) => expect(problems(fields)).toEqual([problem]));

  it.each<[object, string]>([
    [{ issuers: [] }, 'issuers must hold at least one'],
    [{ issuers: [good, good] }, 'issuers[1].issuer is there twice'],
    [{ issuers: [good], clock_tolerance: -1 }, 'clock_tolerance must be at least 0'],
    [{ issuers: [good], clock_tolerance: 61 }, 'clock_tolerance must be at most 60'],
    [{}, 'issuers must be an array'],
  ])('refuses the section %j', (section, problem) => expect(problems({}, section)).toEqual([problem]));
});
