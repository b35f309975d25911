import { z } from 'zod'
import { defaultEngine, engineNames } from '../engines.ts'
import { setting } from '../setting.ts'
import { flag, seconds, wholeNumber } from './text.ts'

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
}
