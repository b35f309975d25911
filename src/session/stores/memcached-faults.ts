import { connect } from 'node:net'
import { parseServers } from './memcached-servers.ts'

/**
 * A sentence about a server of `address` that asks for a password, or is no Memcached. Null where there is none. A server
 * that does not answer within `patience` milliseconds is out, which may pass, and gets no sentence.
 */
export async function memcachedMistake(address: string, patience: number): Promise<string | null> {
  const mistakes = await Promise.all(
    parseServers(address).map(async (server) =>
      mistakeIn(await greeting(server, patience), server),
    ),
  )
  return mistakes.find((mistake) => mistake !== null) ?? null
}

function mistakeIn(answer: string, server: string): string | null {
  if (answer === '' || answer.startsWith('VERSION ') || answer.startsWith('SERVER_ERROR'))
    return null
  if (/unauthenticated/i.test(answer))
    return `Memcached at ${server} asks for a name and a password, which it cannot be given here.`
  return `There is no Memcached at ${server}: it answers in another protocol.`
}

/** The answer of the server to `version`; an empty text where it sends none. */
function greeting(server: string, patience: number): Promise<string> {
  const [host = '', port] = server.split(':')
  return new Promise((done) => {
    const socket = connect(Number(port), host, () => socket.write('version\r\n'))
    // Starts before the lookup of the host, so that a slow one counts too.
    const timer = setTimeout(() => socket.destroy(), patience)
    socket.on('data', (chunk) => {
      done(chunk.toString('latin1'))
      socket.destroy()
    })
    socket.on('error', () => undefined) // 'close' follows
    socket.on('close', () => {
      clearTimeout(timer)
      done('')
    })
  })
}
