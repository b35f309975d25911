import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A loopback port that was free a moment ago, for a program that must be told its port. */
export function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => done(port))
    })
  })
}
