/**
 * What every answer tells browsers (OWASP ASVS 3.4 and 14.3.2): that it is data, and nothing to run, frame, guess the type
 * of, keep, or tell others about. Pages say more of themselves. `hsts` is for how many seconds browsers shall reach the
 * site by HTTPS alone (RFC 6797); 0: no header says so.
 */
export function securityHeaders({ hsts }: { hsts: number }): Record<string, string> {
  return {
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy':
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    ...(hsts > 0 && { 'Strict-Transport-Security': `max-age=${hsts}` }),
  }
}
