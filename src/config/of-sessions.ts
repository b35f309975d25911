import { z } from 'zod'
import { defaultEngine, engineNames } from './engines.ts'
import { setting } from './setting.ts'
import { flag, seconds, wholeNumber } from './text.ts'

const cookieName = z
  .string()
  .regex(
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/,
    'Letters, digits and the marks of an RFC 6265 token.',
  )

/** Where sessions are kept, and for how long. */
export const ofSessions = {
  sessionEngine: setting({
    variable: 'SESSION_ENGINE',
    schema: z.string(),
    default: defaultEngine,
    says: `Where sessions are kept: ${engineNames.join(', ')}, a package, or the path of your own module. docs/engines.md compares them.`,
  }),
  sessionEnginePrevious: setting({
    variable: 'SESSION_ENGINE_PREVIOUS',
    schema: z.string(),
    says: 'The engine where other sessions still are, while they move to SESSION_ENGINE: docs/engines.md says how, without a stop.',
  }),
  sessionFilePath: setting({
    variable: 'SESSION_FILE_PATH',
    schema: z.string(),
    default: './data/sessions',
    says: 'Where the file engine keeps them.',
  }),
  storeTimeout: setting({
    variable: 'SESSION_STORE_TIMEOUT',
    schema: wholeNumber(10, 60_000),
    default: '3000',
    says: 'How long a store may take to answer, in milliseconds. After that the caller gets SESSION_STORE_UNAVAILABLE. Less than `GRAPHQL_TIMEOUT`.',
  }),
  policy: {
    age: setting({
      variable: 'SESSION_COOKIE_AGE',
      schema: seconds(1),
      default: '300',
      says: 'Idle time that ends a session. Django ships 1209600.',
    }),
    absoluteAge: setting({
      variable: 'SESSION_ABSOLUTE_AGE',
      schema: seconds(0),
      default: '2592000',
      says: 'The longest life from creation or login, whatever the activity: thirty days, as NIST SP 800-63B has it. 0 for none.',
    }),
    expireAtBrowserClose: setting({
      variable: 'SESSION_EXPIRE_AT_BROWSER_CLOSE',
      schema: flag,
      default: 'false',
      says: 'true: the browser forgets the cookie when it closes. The idle time still counts on the server.',
    }),
  },
  rememberAge: setting({
    variable: 'SESSION_REMEMBER_AGE',
    schema: seconds(1),
    default: '1209600',
    says: 'Idle time that ends a session whose login asked for rememberMe: two weeks.',
  }),
  staffAge: setting({
    variable: 'SESSION_STAFF_AGE',
    schema: seconds(1),
    default: '1800',
    says: 'The idle time that ends a session of the sign-ins of /admin and GraphiQL, and the longest of any staff session, whatever rememberMe or setSessionExpiry asks for, and of those who become staff while they are signed in: half an hour.',
  }),
  recheckInterval: setting({
    variable: 'SESSION_RECHECK_INTERVAL',
    schema: wholeNumber(1, 3600),
    default: '15',
    says: 'How often an open stream looks for an end that no message told it of. Ends on this process, and on others over the bus or by the SQLite file, reach it within a second.',
  }),
  saveEveryRequest: setting({
    variable: 'SESSION_SAVE_EVERY_REQUEST',
    schema: flag,
    default: 'true',
    says: 'false: only writing keeps a session alive, not reading, as in Django.',
  }),
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
