/** An authority without the port that its scheme implies; any other port stays. */
export function withoutDefaultPort(authority: string): string {
  return authority.replace(/:(?:80|443)$/, '');
}
