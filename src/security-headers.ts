/**
 * What every answer tells browsers (OWASP ASVS 3.4 and 14.3.2): that it is data, and nothing to run, frame, guess the type
 * of, keep, or tell others about. Pages say more of themselves. Over HTTPS, that the site is to be reached so for a year;
 * over HTTP a browser would not listen (RFC 6797).
 */
export function securityHeaders({ isHttps }: { isHttps: boolean }): Record<string, string> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy':
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    ...(isHttps && { 'Strict-Transport-Security': 'max-age=31536000' }),
  }
}
