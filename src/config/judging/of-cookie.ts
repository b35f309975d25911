import type { Config } from '../config.ts'
import type { Judgements } from './rule.ts'

/** What is thought of the cookie. */
export const judgedCookie: Judgements = {
  SESSION_COOKIE_NAME: [
    {
      level: 'INFO',
      when: ({ cookie }) =>
        cookie.secure &&
        cookie.domain === null &&
        cookie.path === '/' &&
        !cookie.name.startsWith('__'),
      says: 'A page of a subdomain can set a cookie of this name, and so sign a visitor in to a session that is not theirs.',
      cure: 'Set SESSION_COOKIE_NAME=__Host-sessionid before the first visitors come: a change signs them all out.',
    },
  ],
  SESSION_COOKIE_SECURE: [
    {
      level: 'ERROR',
      when: ({ cookie }) => !cookie.secure,
      says: 'The cookie is sent over plain HTTP too: every machine between can read it and take the session.',
      cure: 'Leave SESSION_COOKIE_SECURE out: in production it is true.',
    },
  ],
  SESSION_COOKIE_SAMESITE: [
    {
      level: 'WARNING',
      when: ({ cookie }) => cookie.sameSite === 'None',
      says: 'Browsers send the cookie with what pages of other sites ask, so that only the check of the origin stands between, and most browsers drop such a cookie by and by.',
      cure: 'Leave it out, unless pages of another site are yours: then list their origins in ALLOWED_ORIGINS, and set SESSION_COOKIE_PARTITIONED=true where they are shown within theirs.',
    },
  ],
  SESSION_COOKIE_DOMAIN: [
    {
      level: 'ERROR',
      when: ({ cookie }) => cookie.domain !== null && !trimmed(cookie.domain).includes('.'),
      says: 'Browsers refuse a cookie for a domain without a dot: no visitor can sign in.',
      cure: 'Leave SESSION_COOKIE_DOMAIN out, or set the domain of the site.',
    },
    {
      level: 'ERROR',
      when: (config) => config.cookie.domain !== null && hostsOutside(config).length > 0,
      says: 'A host of ALLOWED_HOSTS is not below this domain, and browsers refuse a cookie for another: no visitor of that host can sign in.',
      cure: 'Leave SESSION_COOKIE_DOMAIN out, or set a domain that all hosts are below.',
    },
    {
      level: 'WARNING',
      when: ({ cookie }) => cookie.domain !== null,
      says: 'Every host below this domain gets the session key, and each of them can set another.',
      cure: 'Leave SESSION_COOKIE_DOMAIN out, unless pages of several hosts need the session.',
    },
  ],
  SESSION_COOKIE_PATH: [
    {
      level: 'WARNING',
      when: ({ cookie }) => cookie.path !== '/',
      says: 'Browsers send the cookie below this path alone. /graphql and /admin must be below it, as visitors see them; it keeps no page of the same host from using them.',
      cure: 'Leave SESSION_COOKIE_PATH out, unless the server has a prefix behind the proxy.',
    },
  ],
  SESSION_COOKIE_PARTITIONED: [
    {
      level: 'INFO',
      when: ({ cookie }) => cookie.partitioned && cookie.sameSite !== 'None',
      says: 'Nothing is kept apart: a cookie that is not SameSite=None is not sent within pages of other sites.',
      cure: 'Leave it out, or set SESSION_COOKIE_SAMESITE=None where your pages are shown within others.',
    },
  ],
}

function hostsOutside({ cookie, allowedHosts }: Config): string[] {
  const domain = trimmed(cookie.domain ?? '')
  return allowedHosts
    .map(trimmed)
    .filter((host) => host !== '*' && host !== domain && !host.endsWith(`.${domain}`))
}

function trimmed(host: string): string {
  return host.toLowerCase().replace(/^\./, '')
}
