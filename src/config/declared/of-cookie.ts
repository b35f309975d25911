import { z } from 'zod'
import { setting } from '../setting.ts'
import { flag } from './text.ts'

const cookieName = z
  .string()
  .regex(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/,
    'Letters, digits and the marks of an RFC 6265 token.',
  )

/** What the session cookie is like. */
export const ofCookie = {
  cookie: {
    name: setting({
      variable: 'SESSION_COOKIE_NAME',
      schema: cookieName,
      default: 'sessionid',
      says: '`__Host-sessionid` keeps subdomains from setting it, where the site is HTTPS only. `__Host-` and `__Secure-` are checked against the other settings of the cookie.',
    }),
    secure: setting({
      variable: 'SESSION_COOKIE_SECURE',
      schema: flag,
      default: 'false',
      inProduction: 'true',
      says: 'Sends the cookie over HTTPS only.',
    }),
    httpOnly: {
      name: 'SESSION_COOKIE_HTTPONLY',
      value: true,
      says: 'Keeps the cookie from scripts. Pages ask `{ me }`, and none of them needs the key.',
    },
    sameSite: setting({
      variable: 'SESSION_COOKIE_SAMESITE',
      schema: z.enum(['Strict', 'Lax', 'None'], 'Strict, Lax or None.'),
      default: 'Lax',
      says: "Strict, Lax or None. None lets another site's pages use the cookie, and needs `SESSION_COOKIE_SECURE=true`.",
    }),
    domain: setting({
      variable: 'SESSION_COOKIE_DOMAIN',
      schema: z.string().regex(/^[A-Za-z0-9.-]+$/, 'A domain name.'),
      says: 'Left out: this host only. A domain shares the cookie with its subdomains. What an earlier domain or path left behind is cleared.',
    }),
    path: setting({
      variable: 'SESSION_COOKIE_PATH',
      schema: z.string().regex(/^\/[\x21-\x3a\x3c-\x7e]*$/, 'A path that begins with /.'),
      default: '/',
      says: 'Must cover /graphql.',
    }),
    partitioned: setting({
      variable: 'SESSION_COOKIE_PARTITIONED',
      schema: flag,
      default: 'false',
      says: 'true: a browser keeps the cookie apart for each site whose pages show yours within theirs (CHIPS). Needs `SESSION_COOKIE_SECURE=true`.',
    }),
  },
}
