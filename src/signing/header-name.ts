const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** Whether a lower-case name is one that HTTP allows: the authorization header holds no others. RFC 9110 §5.1. */
export function isHeaderName(name: string): boolean {
  return HEADER_NAME.test(name);
}
