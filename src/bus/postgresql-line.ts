import { connectPostgresql, dropPostgresql } from '../database/postgresql-client.ts'
import { readPostgresqlUrl } from '../database/postgresql-url.ts'
import { WireForbidden } from './wire.ts'
import type { Ear, Line } from './wire.ts'

/** One statement for all messages: as one each, every one of them would wait for the disk. */
const notify = 'SELECT pg_notify($1, text) FROM unnest($2::text[]) AS text'

/** SQLSTATE of a server that speaks PostgreSQL's protocol, and has no LISTEN. */
const hasNoListen = ['0A000', '42601']

/** LISTEN and NOTIFY on a connection of its own to the database at `url`. See `Wire.open`. */
export async function openPostgresqlLine(
  url: string,
  channel: string,
  ear: Ear | null,
  signal: AbortSignal,
): Promise<Line> {
  const client = await connectPostgresql(readPostgresqlUrl(url))
  const drop = () => dropPostgresql(client)
  if (signal.aborted) drop()
  else signal.addEventListener('abort', drop)
  if (ear) await listen(ear)
  let last: Promise<unknown> = Promise.resolve()
  return { send }

  /** One statement after the other: a connection runs one at a time. */
  function send(texts: readonly string[]): Promise<unknown> {
    const sent = last.then(() => client.query(notify, [channel, texts]))
    last = sent.catch(() => undefined) // its own caller gets the error
    return sent
  }

  async function listen({ hear, lost }: Ear): Promise<void> {
    client.on('error', lost)
    client.on('end', () => lost(new Error('The server has closed the connection.')))
    client.on('notification', (heard) => {
      if (heard.channel === channel) hear(heard.payload)
    })
    try {
      await client.query(`LISTEN ${client.escapeIdentifier(channel)}`)
    } catch (cause) {
      if (!hasNoListen.includes(String((cause as { code?: unknown }).code))) throw cause
      throw new WireForbidden(`The server says: ${(cause as Error).message}.`, { cause })
    }
  }
}
