/**
 * The AWS partition of a region, as in its ARNs; `aws` where nothing says otherwise. A partition's own pseudo-region,
 * such as `aws-cn-global`, is in it.
 * @see https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
 */
export function partitionOf(region: string): string {
  for (const [prefix, partition] of PARTITION_PREFIXES) {
    if (region.startsWith(prefix) || region === `${partition}-global`) return partition;
  }
  return 'aws';
}

/** How the regions of each partition but `aws` begin: the fixed part of `regionRegex` in the SDKs' partitions.json. */
const PARTITION_PREFIXES: readonly (readonly [prefix: string, partition: string])[] = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
];
