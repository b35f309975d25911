import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { send, sendNothing } from './answer.ts'
import { addHeader, setHeader } from './exchange.ts'
import type { Exchange } from './exchange.ts'

/** A file of a page, in every encoding. Its name changes with its content, so browsers may keep it for ever. */
export interface Asset {
  readonly name: string
  readonly type: string
  /** By encoding: br, gzip, identity. */
  readonly bodies: ReadonlyMap<string, Buffer>
}

/** Makes a file for browsers of `text`, which it compresses once. */
export async function makeAsset(extension: string, type: string, text: string): Promise<Asset> {
  const whole = Buffer.from(text)
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } } // 11 takes half a minute
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(whole, quality),
    promisify(gzip)(whole),
  ])
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 32)
  const bodies = new Map([
    ['br', br],
    ['gzip', gz],
    ['identity', whole],
  ])
  return { name: `${hash}.${extension}`, type, bodies }
}

/**
 * Sends the file, or 304 to a browser that has it. Returns false, and sends nothing, where there is none. `kept` says which
 * caches may keep it: null for none, as for any answer that carries a cookie.
 */
export function sendAsset(
  exchange: Exchange,
  asset: Asset | undefined,
  kept: 'public' | 'private' | null = 'public',
): boolean {
  if (asset === undefined) return false
  const { headers } = exchange.request
  const accepted = String(headers['accept-encoding'] ?? '')
  const encoding =
    ['br', 'gzip'].find((name) => new RegExp(`\\b${name}\\b`).test(accepted)) ?? 'identity'
  const tag = `"${asset.name}-${encoding}"`
  setHeader(exchange, 'ETag', tag)
  if (kept !== null) setHeader(exchange, 'Cache-Control', `${kept}, max-age=31536000, immutable`)
  addHeader(exchange, 'Vary', 'Accept-Encoding')
  if (headers['if-none-match']?.includes(tag)) {
    sendNothing(exchange, 304)
    return true
  }
  if (encoding !== 'identity') setHeader(exchange, 'Content-Encoding', encoding)
  send(exchange, 200, asset.type, asset.bodies.get(encoding) ?? '')
  return true
}
