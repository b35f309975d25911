import { createClient } from '@redis/client'
import { inTime } from '../../waiting/in-time.ts'
import type { ServerOptions } from './redis-address.ts'
import { RedisMisconfigured } from './redis-faults.ts'

/** The host and port of a Redis server. */
export interface Place {
  readonly host: string
  readonly port: number
}

/**
 * The place of the master called `name`, from the Sentinel that answers first, within `patience` milliseconds.
 * Rejects where none answers, and with `RedisMisconfigured` where one refuses us, or knows no such master.
 */
export async function findMaster(
  sentinels: readonly ServerOptions[],
  name: string,
  patience: number,
): Promise<Place> {
  try {
    return await Promise.any(sentinels.map((sentinel) => ask(sentinel, name, patience)))
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : []
    throw errors.find((each) => each instanceof RedisMisconfigured) ?? errors[0] ?? error
  }
}

async function ask(sentinel: ServerOptions, name: string, patience: number): Promise<Place> {
  const client = createClient({
    ...sentinel,
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: {
      ...sentinel.socket,
      connectTimeout: patience,
      socketTimeout: patience,
      reconnectStrategy: false,
    },
  })
  client.on('error', () => undefined) // the call rejects too
  try {
    const asked = client
      .connect()
      .then(() => client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name]))
    const answer = await inTime(asked, patience)
    if (answer === null)
      throw new RedisMisconfigured(`The Sentinels know no master called ${name}.`)
    if (!Array.isArray(answer)) throw new Error('A Sentinel did not answer.')
    return { host: String(answer[0]), port: Number(answer[1]) }
  } catch (error) {
    throw RedisMisconfigured.of(error, 'the Sentinel') ?? error
  } finally {
    if (client.isOpen) client.destroy()
  }
}
