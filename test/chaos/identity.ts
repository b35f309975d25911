import { hash } from 'node:crypto'
import { createSealer } from '../../src/session/cookie/sealing.ts'
import { secretKey } from './deployment.ts'
import type { Plan } from './deployment.ts'

/** What a run knows of a cookie. */
export interface Identity {
  /** The public id of its session. Throws where it is no cookie of these processes. */
  idOf(cookie: string): string
  /** A name for this very cookie, where cookies carry their sessions; null where they carry keys. */
  copyOf(cookie: string): string | null
}

const carriesKeys: Identity = { idOf: (key) => hash('sha256', key), copyOf: () => null }

/** How cookies of this engine are read. Those of `signed-cookies` are opened with the secret of the processes. */
export function identityOf(engine: Plan['engine']): Identity {
  if (engine !== 'signed-cookies') return carriesKeys
  const sealer = createSealer({ secretKey, fallbacks: [], purpose: 'session cookie sessionid' })
  return {
    idOf(cookie) {
      const opened = sealer.open(cookie)
      if (opened === null) throw new Error('A cookie was given that the secret does not open.')
      return hash('sha256', opened.slice(0, opened.indexOf('.')))
    },
    copyOf: (cookie) => hash('sha256', cookie).slice(0, 16),
  }
}
