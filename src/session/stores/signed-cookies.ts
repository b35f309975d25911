import type { OpenCarrier } from '../cookie/carrier.ts'
import { idOf, parseKey } from '../key.ts'
import type { SessionId, SessionKey } from '../key.ts'
import { decodeRecord, encodeRecord } from '../record/record.ts'
import type { SessionRecord } from '../record/record.ts'
import { SessionTooLarge } from '../../refusals.ts'
import type { Sealer } from '../cookie/sealing.ts'
import type { StoredRecord } from '../store.ts'

/** How a cookie is sealed and measured. */
export interface SignedCookieOptions {
  readonly sealer: Sealer
  /** The whole Set-Cookie header for a cookie of this value: browsers count the name and the attributes too. */
  readonly headerFor: (value: string, record: SessionRecord) => string
  /** The other Set-Cookie headers that may go with it, in answers under this mount. */
  readonly besides: (mount: string) => readonly string[]
}

/**
 * In bytes: how much of one cookie a browser must keep (RFC 6265, section 6.1), and how much nginx takes for all headers of
 * an answer. Past that the visitor would get a 502.
 */
const mostBytes = 4096

/** Bytes for the other headers of an answer, with CORS, HSTS and an id: 700, measured, and some room for longer names. */
const otherHeaders = 800

/**
 * The cookie that carries the session itself, sealed together with its key. Each new cookie of a session has the same key;
 * where a request has several, the newest counts. Its store lives as long as the request. A write throws `SessionTooLarge`,
 * and changes nothing, where the cookie would be larger than browsers keep or proxies pass on.
 */
export function carrySession(options: SignedCookieOptions): OpenCarrier {
  const { sealer, headerFor, besides } = options
  const mostUnder = (mount: string) =>
    besides(mount).reduce(
      (left, header) => left - 'Set-Cookie: \r\n'.length - header.length,
      mostBytes - otherHeaders,
    )

  return (values, mount = '/') => {
    const opened = values.map((value) => decode(sealer.open(value))).filter((one) => one !== null)
    const kept = new Map<SessionId, StoredRecord>()
    for (const { key, record } of opened) {
      const id = idOf(key)
      const other = kept.get(id)
      if (other === undefined || Number(other.version) < Number(record.version))
        kept.set(id, record)
    }
    let isWritten = false

    const put = (id: SessionId, record: SessionRecord, version: number): number => {
      const stored = { ...record, version }
      // The store does not know the key of a new session, but all keys have the same length.
      const size = sealer.sizeOf(encode(anyKey, stored)) + Buffer.byteLength(headerFor('', record))
      const most = mostUnder(mount)
      if (size > most) throw new SessionTooLarge(most, 'The cookie')
      kept.set(id, stored)
      isWritten = true
      return version
    }

    return {
      presented: opened.map(({ key }) => key),
      isStale: () => isWritten,
      valueFor(key) {
        const record = kept.get(idOf(key))
        if (record === undefined) throw new Error('There is no session of this key to carry.')
        return sealer.seal(encode(key, record))
      },

      store: {
        load: (id) => kept.get(id) ?? null,

        async create(id, record) {
          return kept.has(id) ? null : put(id, record, 1)
        },

        // Another request may have sent a newer version since this cookie, which does no harm.
        async save(id, record, version) {
          const held = kept.get(id)
          if (held === undefined) return 'gone'
          if (Number(version) < Number(held.version)) return 'conflict'
          return put(id, record, Number(version) + 1)
        },

        async delete(id, version) {
          const held = kept.get(id)
          if (held && version !== undefined && Number(version) < Number(held.version)) {
            return 'conflict'
          }
          kept.delete(id)
        },

        async clearExpired() {
          return 0
        },
      },
    }
  }
}

const anyKey = 'A'.repeat(43) as SessionKey

function encode(key: SessionKey, { version, ...record }: StoredRecord): string {
  return `${key}.${version}.${encodeRecord(record)}`
}

function decode(text: string | null): { key: SessionKey; record: StoredRecord } | null {
  if (text === null) return null
  const keyEnd = text.indexOf('.')
  const versionEnd = text.indexOf('.', keyEnd + 1)
  const key = parseKey(text.slice(0, keyEnd))
  const version = text.slice(keyEnd + 1, versionEnd)
  if (key === null || !/^\d{1,15}$/.test(version)) return null
  const record = decodeRecord(text.slice(versionEnd + 1))
  return record && { key, record: { ...record, version: Number(version) } }
}
