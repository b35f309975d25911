import type { Server } from 'node:http'

/** Where to listen, and which settings say so. */
export interface Place {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly settings: { readonly host: string; readonly port: string }
}

/**
 * Has `server` listen. Where it cannot, this rejects with a sentence that names the setting and says what to do, and with the code
 * of the system.
 */
export async function listenAt(server: Server, place: Place): Promise<void> {
  const { host, port } = place
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(unusable(error, place))
    server.once('error', fail)
    server.listen(port, host, () => {
      server.off('error', fail)
      resolve()
    })
  })
}

function unusable(cause: NodeJS.ErrnoException, { host, port, settings }: Place): Error {
  const { code = '', syscall = 'listen', message } = cause
  const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
  const unknown = `${settings.host}: No address is known for ${host} (${code}): set an address of this machine.`
  const known = {
    EADDRINUSE: `${settings.port}: Another program listens at ${place} (EADDRINUSE): stop it, or set another port.`,
    EACCES: `${settings.port}: The system does not let this process listen at ${place} (EACCES): set a port above 1023.`,
    EADDRNOTAVAIL: `${settings.host}: This machine has no address ${host} (EADDRNOTAVAIL): set one that it has.`,
  }[code]
  const sentence = syscall === 'getaddrinfo' ? unknown : (known ?? `${settings.port}: ${message}.`)
  const error = new Error(sentence, { cause })
  return Object.assign(error, { code, syscall })
}
