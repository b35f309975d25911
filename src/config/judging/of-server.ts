import { availableParallelism } from 'node:os'
import type { Judgements } from './rule.ts'
import { credentialsOf, isFar, isGuessable, isLocal, parameterOf } from './words.ts'

/** What is thought of where the server runs, and on what. */
export const judgedServer: Judgements = {
  NODE_ENV: {
    safe: 'A server that others reach runs in production, which is judged beside these.',
  },

  HOST: [
    {
      level: 'ERROR',
      when: ({ host, cookie }) => !isLocal(host) && !cookie.secure,
      says: 'Other machines reach this server, which speaks plain HTTP, and the cookie goes over it: every machine between can read it and take the session.',
      cure: 'Put a proxy with TLS in front, leave SESSION_COOKIE_SECURE out, and listen on 127.0.0.1 where the proxy is on this machine.',
    },
    {
      level: 'WARNING',
      when: ({ host, trustProxy }) => !isLocal(host) && trustProxy === 0,
      says: 'Other machines reach this server, which speaks plain HTTP, and no proxy is named: passwords and cookies cross the network in the clear.',
      cure: 'Put a proxy with TLS in front, and name it in TRUST_PROXY.',
    },
  ],

  PORT: [
    {
      level: 'WARNING',
      when: ({ port }) => port === 0,
      says: 'Every start picks another port, so that no proxy finds the server.',
      cure: 'Set PORT=4000.',
    },
  ],

  WORKERS: [
    {
      level: 'WARNING',
      when: ({ workers }) => workers > 2 * availableParallelism(),
      says: 'There are more workers than processors to run them: each takes its memory and its connections, and none is faster for it.',
      cure: 'Set WORKERS=auto, one for each processor.',
    },
  ],

  METRICS_PORT: [
    {
      level: 'WARNING',
      when: ({ host, metricsPort }) =>
        metricsPort !== null && !isLocal(hostOf(metricsPort) ?? host),
      says: 'Other machines reach the metrics, which ask for no login: how many sign in, and how many are refused.',
      cure: 'Let only Prometheus reach the port, or set METRICS_PORT=127.0.0.1:9464 where it is on this machine.',
    },
  ],

  DATABASE_URL: [
    {
      level: 'WARNING',
      when: ({ databaseUrl: url }) =>
        url.startsWith('postgres') &&
        isFar(url) &&
        ['disable', null].includes(parameterOf(url, 'sslmode')) &&
        !['true', '1'].includes(parameterOf(url, 'ssl') ?? ''),
      says: 'The database is on another machine, and nothing says that the connection is encrypted: hashes of passwords and session data cross the network in the clear.',
      cure: 'Add ?sslmode=verify-full, with sslrootcert where the certificate is your own. In a network that only these machines share, this may stay.',
    },
    {
      level: 'WARNING',
      when: ({ databaseUrl: url }) => parameterOf(url, 'sslmode') === 'no-verify',
      says: 'The certificate of the database is not verified: another machine on the way can pretend to be it.',
      cure: 'Use sslmode=verify-full, with sslrootcert where the certificate is your own.',
    },
    {
      level: 'WARNING',
      when: ({ databaseUrl: url }) => {
        const { user, password } = credentialsOf(url) ?? { user: '', password: null }
        return isFar(url) && password !== null && isEasy(password, user)
      },
      says: 'The password of the database is one of the first that are tried.',
      cure: 'Give the user of the database a random password.',
    },
  ],

  CACHE_URL: [
    {
      level: 'WARNING',
      when: ({ cacheUrl: url }) => isFar(url) && /^(redis|valkey)([-+]|:)/.test(url ?? ''),
      says: 'The cache is on another machine, and the connection is not encrypted: session data crosses the network in the clear.',
      cure: 'Use rediss:// or valkeys://. In a network that only these machines share, this may stay.',
    },
    {
      level: 'WARNING',
      when: ({ cacheUrl: url }) =>
        isFar(url) && !url?.startsWith('memcached') && credentialsOf(url ?? '')?.password == null,
      says: 'The cache is on another machine and asks for no password: any program that reaches it can read and change every session that it keeps.',
      cure: 'Give the server a password, or a user with one: redis://user:password@host:6379.',
    },
    {
      level: 'WARNING',
      when: ({ cacheUrl: url }) => isFar(url) && url?.startsWith('memcached') === true,
      says: 'Memcached knows neither passwords nor encryption: any program that reaches it can read and change every session that it keeps.',
      cure: 'Let only these machines reach its port.',
    },
  ],

  SECRET_KEY: [
    {
      level: 'ERROR',
      when: ({ secretKey }) => secretKey !== null && isGuessable(secretKey),
      says: 'The key can be guessed. An attacker who has it makes signed cookies, and with them any session.',
      cure: 'Take a random one: coatcheck secret prints it.',
    },
  ],

  SECRET_KEY_FALLBACKS: [
    {
      level: 'ERROR',
      when: ({ secretKeyFallbacks: keys }) => keys.some(isGuessable),
      says: 'An earlier key can be guessed, and what it has signed is still believed.',
      cure: 'Take it out. Visitors whose cookies it sealed sign in again.',
    },
    {
      level: 'WARNING',
      when: ({ secretKey, secretKeyFallbacks: keys }) => keys.some((key) => key === secretKey),
      says: 'The present key stands among the earlier ones: the key was not changed.',
      cure: 'Put a new key into SECRET_KEY: coatcheck secret prints one.',
    },
    {
      level: 'INFO',
      when: ({ secretKeyFallbacks: keys }) => keys.length > 0,
      says: 'Earlier keys are still believed.',
      cure: 'Take each out once SESSION_ABSOLUTE_AGE has passed since the change.',
    },
  ],

  LOG_LEVEL: [
    {
      level: 'WARNING',
      when: ({ logLevel }) => ['debug', 'trace'].includes(logLevel),
      says: 'Every detail is logged: disks fill, and the log has more of visitors than it should.',
      cure: 'Set LOG_LEVEL=info.',
    },
    {
      level: 'WARNING',
      when: ({ logLevel }) => ['fatal', 'silent'].includes(logLevel),
      says: 'Outages and refused logins leave no trace in the log.',
      cure: 'Set LOG_LEVEL=warn or info.',
    },
  ],
}

/** The address before the port; null for a port alone. */
function hostOf(address: string): string | null {
  return address.includes(':') ? address.slice(0, address.lastIndexOf(':')) : null
}

/** Is it one of the passwords that programs try first? */
function isEasy(password: string, user: string): boolean {
  return (
    password.length < 8 ||
    password.toLowerCase() === user.toLowerCase() ||
    /^(postgres|password|coatcheck|changeme|secret)\d*$/i.test(password)
  )
}
