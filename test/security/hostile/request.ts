import type { Hostile } from './entry.ts'
import type { World } from './world.ts'

/** The bytes of an entry, in a world: as `raw` has them, or as an HTTP client would send them, from an address of its own. */
export function bytesOf(entry: Hostile, world: World, address: string): Buffer {
  if (entry.raw !== undefined) return Buffer.from(fill(entry.raw, world), 'latin1')
  const { method = 'POST', path = '/graphql', as } = entry
  const body = bodyOf(entry, world)
  const headers = {
    host: 'coat.example',
    connection: 'close',
    'x-forwarded-for': address,
    accept: 'application/graphql-response+json',
    ...(as !== undefined && { cookie: `__Host-id=${world[as].cookie}` }),
    ...(method !== 'GET' && { 'content-type': 'application/json' }),
    ...(body !== null && { 'content-length': String(body.length) }),
    ...entry.headers,
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}\r\n`),
  )
  const head = fill(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, world)
  return Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)])
}

/** `content` with everything that a placeholder stands for. */
export function filled<Content>(content: Content, world: World): Content {
  return JSON.parse(fill(JSON.stringify(content), world)) as Content
}

function bodyOf(entry: Hostile, world: World): Buffer | null {
  const { document, variables, operationName, extensions, body } = entry
  if (body instanceof Uint8Array) return Buffer.from(body)
  if (body !== undefined) return Buffer.from(fill(body, world))
  if (document === undefined) return null
  return Buffer.from(
    fill(JSON.stringify({ query: document, variables, operationName, extensions }), world),
  )
}

function fill(text: string, { values }: World): string {
  return text.replace(/<<([A-Z_0-9]+)>>/g, (_, name: string) => {
    const value = values.get(name)
    if (value === undefined) throw new Error(`Nothing stands for ${name}.`)
    return value
  })
}
