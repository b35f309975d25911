import { get } from 'node:http'

/** What the server said when it was asked. */
export interface ServerAnswer {
  readonly url: string
  readonly isReady: boolean
  /** `ready`, or what is wrong, in words. */
  readonly says: string
}

/** How long the server may take to answer, in milliseconds. */
const patience = 3000

/** Asks the server at this machine's `host` and `port` whether it is ready. Null where the port is picked at the start. */
export async function askServer(host: string, port: number): Promise<ServerAnswer | null> {
  if (port === 0) return null
  const url = `http://${nameOf(host)}:${port}`
  return new Promise((resolve) => {
    const fail = (says: string) => resolve({ url, isReady: false, says })
    const asked = get(`${url}/ready`, { timeout: patience, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece))
      answer.once('error', ({ message }) => fail(message))
      answer.once('end', () => {
        const isReady = answer.statusCode === 200
        resolve({ url, isReady, says: isReady ? 'ready' : text.slice(0, 200) })
      })
    })
    asked.once('timeout', () => asked.destroy(new Error(`no answer within ${patience / 1000} s`)))
    asked.once('error', (error: NodeJS.ErrnoException) =>
      fail(error.code === 'ECONNREFUSED' ? 'nothing listens there' : error.message),
    )
  })
}

/** Every address, which is one to listen on, is not one to ask. */
function nameOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
