import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that Linux gives to connections (`ip_local_port_range`): one of another test would take the port meanwhile. */
const [lowest, beyond] = [12_000, 32_000]

/** A loopback port that was free a moment ago, for a program that must be told its port. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, beyond)
    if (await isFree(port)) return port
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1')
  try {
    await once(probe, 'listening')
  } catch {
    return false // another program listens there
  }
  probe.close()
  await once(probe, 'close')
  return true
}
