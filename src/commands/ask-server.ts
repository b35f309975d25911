import { get } from 'node:http'

/** What the server said when it was asked. */
export interface ServerAnswer {
  readonly url: string
  readonly isReady: boolean
  /** `ready`, or what is wrong, in words. */
  readonly says: string
}

const another = 'another program answers there'

/** How long the server may take to answer, in milliseconds. */
const patience = 3000

/**
 * Asks the server at this machine's `host` and `port` whether it is ready. It asks for the name first, which no other program
 * on that port has. Null for port 0: the server picks a free one when it starts, and no other process knows which.
 */
export async function askServer(host: string, port: number): Promise<ServerAnswer | null> {
  if (port === 0) return null
  const url = `http://${nameOf(host)}:${port}`
  try {
    const { text: name } = await read(`${url}/`)
    if (!isOurs(name)) return { url, isReady: false, says: another }
    const { status, text } = await read(`${url}/ready`)
    return { url, isReady: status === 200, says: status === 200 ? 'ready' : text.slice(0, 200) }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (code === 'ECONNREFUSED') return { url, isReady: false, says: 'nothing listens there' }
    return { url, isReady: false, says: code.startsWith('HPE_') ? another : message }
  }
}

/** How much of an answer is read at the most, in characters. Our server says less of itself. */
const mostRead = 2_000

/** An answer, or the beginning of a long one. Rejects where none comes within `patience`. */
function read(
  url: string,
): Promise<{ readonly status: number | undefined; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const late = new Error(`no answer within ${patience / 1000} s`)
    const asked = get(url, { signal: AbortSignal.timeout(patience), agent: false }, (answer) => {
      let text = ''
      const done = () => resolve({ status: answer.statusCode, text })
      answer.setEncoding('utf8').once('error', reject).once('end', done)
      answer.on('data', (piece: string) => {
        text += piece
        if (text.length < mostRead) return
        done()
        asked.destroy()
      })
    })
    asked.once('error', (error) => reject(error.name === 'AbortError' ? late : error))
  })
}

/** Is it what our server says at its root? */
function isOurs(text: string): boolean {
  try {
    return JSON.parse(text)?.name === 'coatcheck'
  } catch {
    return false
  }
}

/** The host in a URL. A server listens on 0.0.0.0 or :: for every address of the machine, and no client can ask these two. */
function nameOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}
