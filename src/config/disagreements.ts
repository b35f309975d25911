import { hasTrait } from './engines.ts'
import type { ReadableOf } from './setting.ts'
import type { settings } from './settings.ts'

/** The settings as far as they can be read: what cannot is undefined. */
export type Readable = ReadableOf<typeof settings>

/** A sentence for each pair of settings that are right each by itself and cannot be kept together. */
export function disagreements(read: Readable): string[] {
  const { production, cookie, http } = read
  const name = cookie.name?.toLowerCase() ?? ''
  const isSecure = cookie.secure ?? production
  const isHost = name.startsWith('__host-')
  const engines = {
    SESSION_ENGINE: read.sessionEngine,
    SESSION_ENGINE_PREVIOUS: read.sessionEnginePrevious,
  }
  const cached = Object.entries(engines).find(([, name]) => hasTrait(name, 'needsCache'))
  const rules: [unknown, string][] = [
    [production && read.secretKey === null, 'SECRET_KEY: Needed in production, at least 32 bytes.'],
    [cached && read.cacheUrl === null, `CACHE_URL: Needed by ${cached?.join('=')}.`],
    [
      (http.headersTimeout ?? 0) > (http.requestTimeout ?? Infinity),
      'HTTP_HEADERS_TIMEOUT: Not longer than HTTP_REQUEST_TIMEOUT, of which it is a part.',
    ],
    [
      read.metricsPort !== null &&
        read.metricsPort !== '0' &&
        read.metricsPort === String(read.port),
      'METRICS_PORT: Not the PORT of the server, which strangers reach.',
    ],
    [
      cookie.sameSite === 'None' && !isSecure,
      'SESSION_COOKIE_SAMESITE: None needs SESSION_COOKIE_SECURE=true.',
    ],
    [
      cookie.partitioned && !isSecure,
      'SESSION_COOKIE_PARTITIONED: Needs SESSION_COOKIE_SECURE=true.',
    ],
    [
      (isHost || name.startsWith('__secure-')) && !isSecure,
      'SESSION_COOKIE_NAME: The prefix needs SESSION_COOKIE_SECURE=true.',
    ],
    [
      isHost && (cookie.domain !== null || cookie.path !== '/'),
      'SESSION_COOKIE_NAME: __Host- allows no SESSION_COOKIE_DOMAIN, and no SESSION_COOKIE_PATH but /.',
    ],
  ]
  return rules.filter(([isBroken]) => isBroken).map(([, sentence]) => sentence)
}
