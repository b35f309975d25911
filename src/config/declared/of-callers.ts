import { setting } from '../setting.ts'
import { hosts, origins, proxies } from './addresses.ts'
import { flag, wholeNumber } from './text.ts'

/** Who may reach it, from where. */
export const ofCallers = {
  allowedOrigins: setting({
    variable: 'ALLOWED_ORIGINS',
    schema: origins,
    default: '',
    says: "Origins besides the server's own that may use the cookie, comma-separated: `https://shop.example`, or an app's, such as `capacitor://localhost`.",
  }),
  allowedHosts: setting({
    variable: 'ALLOWED_HOSTS',
    schema: hosts,
    default: '',
    says: 'The names that /graphql answers to, comma-separated: `shop.example`, or `.shop.example` for all below it too. `*`: any. Left out: any in production; in development `localhost`, what is below it, addresses, and this machine’s own name.',
  }),
  trustProxy: setting({
    variable: 'TRUST_PROXY',
    schema: proxies,
    default: 'false',
    says: "How many proxies of yours stand in front, or their addresses (`10.0.0.0/8`, `2001:db8::1`, `loopback`, `private`). The visitor's address and scheme are then read from X-Forwarded-For and X-Forwarded-Proto, or, where there are neither, from Forwarded.",
  }),
  hstsSeconds: setting({
    variable: 'SECURE_HSTS_SECONDS',
    schema: wholeNumber(0, 3_153_600_000),
    default: '0',
    says: 'For how long browsers shall reach the site by HTTPS alone, once a proxy says that they did: 31536000 is a year, and there is no way back before it is over. Never said of localhost. 0: not said.',
  }),
  graphiql: setting({
    variable: 'GRAPHIQL',
    schema: flag,
    default: 'true',
    inProduction: 'false',
    says: 'The page at /graphql. In production it is for staff, and asks others to sign in.',
  }),
  introspection: setting({
    variable: 'INTROSPECTION',
    schema: flag,
    default: 'true',
    inProduction: 'false',
    says: 'May any caller ask for the schema? GraphiQL has it in its page, and does not ask.',
  }),
}
