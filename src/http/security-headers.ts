/**
 * What every answer tells browsers (OWASP ASVS 3.4 and 14.3.2): that it is data, and that they must not run it, frame it,
 * guess its type, keep it, or pass its address on. Pages replace some of these. `hsts` is for how many seconds browsers must
 * use HTTPS for the site (RFC 6797); 0: without that header.
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
