import { describe, expect, it } from 'vitest';
import { isStsEndpointOfAws } from '../../../src/config/sts-endpoint.ts';

describe('isStsEndpointOfAws', () => {
  it.each([
    'https://sts.amazonaws.com',
    'https://sts.amazonaws.com/',
    'https://sts.eu-west-1.amazonaws.com',
    'https://sts-fips.us-east-1.amazonaws.com',
    'https://sts.us-gov-west-1.amazonaws.com',
    'https://sts.eu-central-1.api.aws',
    'https://sts-fips.us-east-1.api.aws',
    'https://sts.cn-north-1.amazonaws.com.cn',
    'https://sts.cn-north-1.api.amazonwebservices.com.cn',
    'https://sts.eusc-de-east-1.amazonaws.eu',
    'https://sts.us-iso-east-1.c2s.ic.gov',
    'https://sts.us-isob-east-1.sc2s.sgov.gov',
    'https://vpce-0123456789abcdef0-abcdefgh.sts.eu-west-1.vpce.amazonaws.com',
    'https://vpce-0123-abc-eu-west-1a.sts.eu-west-1.vpce.amazonaws.com',
  ])('takes %s', (url) => expect(isStsEndpointOfAws(url)).toBe(true));

  it.each([
    'http://sts.eu-west-1.amazonaws.com',
    'HTTPS://STS.EU-WEST-1.AMAZONAWS.COM',
    'https://STS.eu-west-1.amazonaws.com',
    'https://sts.eu-west-1.amazonaws.com:443',
    'https://sts.eu-west-1.amazonaws.com:8443',
    'https://user@sts.eu-west-1.amazonaws.com',
    'https://sts.eu-west-1.amazonaws.com@evil.test',
    'https://sts.eu-west-1.amazonaws.com:x@evil.test',
    'https://sts.eu-west-1.amazonaws.com.evil.test',
    'https://sts.eu-west-1.amazonaws.com.',
    'https://sts.eu-west-1.amazonaws.com/path',
    'https://sts.eu-west-1.amazonaws.com//',
    'https://sts.eu-west-1.amazonaws.com?x=1',
    'https://sts.eu-west-1.amazonaws.com#x',
    'https://sts.eu-west-1.amazonaws.com\\@evil.test',
    'https://sts.eu-west-1.amazonaws.com\n',
    'https://evil.test/https://sts.amazonaws.com',
    'https://evil.test/.amazonaws.com',
    'https://evil.test#.amazonaws.com',
    'https://sts.evil.test.amazonaws.com',
    'https://xsts.eu-west-1.amazonaws.com',
    'https://evil-sts.eu-west-1.amazonaws.com',
    'https://sts.eu-west-1.notamazonaws.com',
    'https://sts.eu-west-1amazonaws.com',
    'https://amazonaws.com',
    'https://s3.eu-west-1.amazonaws.com',
    'https://x.s3.amazonaws.com',
    'https://x.execute-api.eu-west-1.amazonaws.com',
    'https://vpce-0123.execute-api.eu-west-1.vpce.amazonaws.com',
    'https://vpce-0123.sts.eu-west-1.vpce.amazonaws.com.evil.test',
    'https://127.0.0.1',
    'https://[::1]',
    'https://ѕts.eu-west-1.amazonaws.com',
    ' https://sts.eu-west-1.amazonaws.com',
    '//sts.amazonaws.com',
    'sts.amazonaws.com',
    '',
  ])('refuses %j', (url) => expect(isStsEndpointOfAws(url)).toBe(false));

  // A bucket may be called `sts` or `sts-fips`, and is then a virtual host of S3.
  it.each([
    'https://sts.s3.amazonaws.com',
    'https://sts.s3-eu-west-1.amazonaws.com',
    'https://sts-fips.s3.amazonaws.com',
    'https://sts.s3-accelerate.amazonaws.com',
    'https://sts.s3-website-us-east-1.amazonaws.com',
  ])('refuses %s, which is someone’s S3 bucket', (url) => expect(isStsEndpointOfAws(url)).toBe(false));
});
