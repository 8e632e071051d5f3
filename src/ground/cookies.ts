/** A Cookie header without the cookies whose name begins with `prefix`. */
export function withoutCookies(header: string | undefined, prefix: string): string {
  return (header ?? '').split(/;\s*/).filter((cookie) => !cookie.startsWith(prefix)).join('; ');
}
