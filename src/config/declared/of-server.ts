import { z } from 'zod'
import { listenAddress } from './addresses.ts'
import { setting } from '../setting.ts'
import { processes, secret, secretList, wholeNumber } from './text.ts'

const databaseUrl = z
  .string()
  .regex(/^(file:.|postgres(ql)?:\/\/.)/, 'file: and a path, or postgresql:// and a server.')

const cacheUrl = z
  .string()
  .regex(
    /^((rediss?|valkeys?)([-+](cluster|sentinel))?:\/\/.|memcached:\/\/.|unix:\/.)/,
    'redis://, rediss://, valkey://, valkeys://, unix:, redis-cluster://, redis-sentinel:// or memcached://, and a server.',
  )

/** Where the server runs, and on what. */
export const ofServer = {
  production: setting({
    variable: 'NODE_ENV',
    schema: z.string().transform((text) => text === 'production'),
    default: '',
    says: '`production` makes the cookie Secure, turns GraphiQL and introspection off, logs JSON lines and asks for `SECRET_KEY`.',
  }),
  host: setting({
    variable: 'HOST',
    schema: z.string(),
    default: '127.0.0.1',
    says: 'The address to listen on. Only this machine can reach 127.0.0.1; in a container it is 0.0.0.0.',
  }),
  port: setting({
    variable: 'PORT',
    schema: wholeNumber(0, 65_535),
    default: '4000',
    says: '0 picks a free port.',
  }),
  metricsPort: setting({
    variable: 'METRICS_PORT',
    schema: listenAddress,
    says: 'Where Prometheus finds the metrics of docs/metrics.md: a port of `HOST`, such as 9464, or of another address of this machine, such as `10.0.0.5:9464`. Left out: nothing is counted, and no port is opened. Keep it from the world: there is no login.',
  }),
  workers: setting({
    variable: 'WORKERS',
    schema: processes,
    default: '1',
    says: 'How many processes `serve` runs on the one port, or `auto`: one for each processor. docs/operate.md says what they are good for. A program that calls `createApp` has its own.',
  }),
  databaseUrl: setting({
    variable: 'DATABASE_URL',
    schema: databaseUrl,
    hides: 'password',
    default: 'file:./data/coatcheck.db',
    says: 'Users, the list of who is signed in where, and, with the database engines, the sessions themselves. `postgresql://user:password@host:5432/name` for more than one machine, with the parameters of docs/engines.md: run `coatcheck migrate` first.',
  }),
  cacheUrl: setting({
    variable: 'CACHE_URL',
    schema: cacheUrl,
    hides: 'password',
    says: 'For the engines cache and cached-database: `redis://localhost:6379`, `rediss://`, `valkey://`, `unix:`, `redis-cluster://a:6379,b:6379`, `redis-sentinel://a:26379,b:26379/mymaster`, `memcached://a:11211,b:11211`.',
  }),
  secretKey: setting({
    variable: 'SECRET_KEY',
    schema: secret,
    isSecret: true,
    says: 'At least 32 random bytes, such as `openssl rand -base64 48` prints. Needed in production. Left out in development: made and kept beside the database. It seals signed cookies, and engines of your own are given it.',
  }),
  secretKeyFallbacks: setting({
    variable: 'SECRET_KEY_FALLBACKS',
    schema: secretList,
    default: '',
    hides: 'all',
    says: 'Earlier secrets, comma-separated: they still read what they have sealed, while `SECRET_KEY` writes.',
  }),
  logLevel: setting({
    variable: 'LOG_LEVEL',
    schema: z.enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'A level such as info or debug.',
    ),
    default: 'info',
    says: 'fatal, error, warn, info, debug, trace or silent.',
  }),
}
