/**
 * Whether a URL is one of AWS's own STS endpoints, over https and nothing else: regional, global, FIPS, dual-stack, of
 * any partition, or an interface VPC endpoint.
 * @see https://docs.aws.amazon.com/general/latest/gr/sts.html
 */
export function isStsEndpointOfAws(url: string): boolean {
  return STS_OF_AWS.test(url);
}

const STS_OF_AWS =
  /^https:\/\/(?:sts(?:-fips)?(?:\.[a-z]{2,4}(?:-[a-z]+)+-\d+)?|vpce-[a-z0-9-]+\.sts(?:-fips)?\.[a-z]{2,4}(?:-[a-z]+)+-\d+\.vpce)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|api\.amazonwebservices\.(?:com\.cn|eu)|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|csp\.hci\.ic\.gov|cloud\.adc-e\.uk|api\.aws\.(?:ic\.gov|scloud|hci\.ic\.gov)|api\.cloud-aws\.adc-e\.uk)\/?$/;
