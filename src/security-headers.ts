import type { ServerResponse } from 'node:http'

/**
 * Sets what every answer tells browsers (OWASP ASVS 3.4 and 14.3.2): that it is data and nothing to run, frame, guess the
 * type of, keep, or tell others about. Pages say more of themselves. Over HTTPS, that the site is to be reached so for a
 * year; over HTTP a browser would not listen (RFC 6797).
 */
export function setSecurityHeaders(
  response: ServerResponse,
  { isHttps }: { isHttps: boolean },
): void {
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  response.setHeader('X-Frame-Options', 'DENY')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('Cache-Control', 'no-store')
  if (isHttps) response.setHeader('Strict-Transport-Security', 'max-age=31536000')
}
