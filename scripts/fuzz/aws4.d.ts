/** Of aws4 1.13.2, which has no types of its own: what is used here. */
declare module 'aws4' {
  interface Aws4Request {
    method: string;
    path: string;
    service: string;
    region: string;
    headers: Record<string, string | string[]>;
    signQuery?: boolean;
    extraHeadersToInclude?: Record<string, boolean>;
  }
  interface Aws4Credentials {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string | undefined;
  }
  const aws4: { sign(request: Aws4Request, credentials: Aws4Credentials): Aws4Request };
  export default aws4;
}
