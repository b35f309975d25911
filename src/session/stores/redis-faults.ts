import { connect as connectPlain } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ServerOptions } from './redis-address.ts'

/** Redis is up and will never serve us by this address: the message is a sentence that says what to put right. */
export class RedisMisconfigured extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RedisMisconfigured'
  }

  /** The mistake that `error` of `server` shows; null for an outage, which may pass by itself. */
  static of(error: unknown, server = 'Redis'): RedisMisconfigured | null {
    if (error instanceof RedisMisconfigured) return error
    if (!(error instanceof Error)) return null
    const code = 'code' in error ? String(error.code) : ''
    if (certificate.test(code))
      return new RedisMisconfigured(`The certificate of ${server} is not trusted (${code}).`, {
        cause: error,
      })
    const sentence = answers.find(([answer]) => answer.test(error.message))?.[1]
    if (sentence === undefined) return null
    const text = sentence(server, error.message.replace(/\.$/, ''))
    return new RedisMisconfigured(text, { cause: error })
  }
}

const certificate =
  /^(?:CERT_|ERR_TLS_CERT|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_(?:GET_ISSUER|VERIFY)|HOSTNAME_MISMATCH)/

/** The answers of Redis to an operator's mistake. LOADING, OOM and READONLY pass by themselves, and are not here. */
const answers: readonly (readonly [RegExp, (server: string, answer: string) => string])[] = [
  [
    /^WRONGPASS|^ERR invalid password/,
    (server, answer) => `The name or the password is wrong: ${server} says ${answer}.`,
  ],
  [/^NOAUTH/, (server, answer) => `A password is needed: ${server} says ${answer}.`],
  [
    /^ERR (?:AUTH <password> called|Client sent AUTH)/,
    (server) => `A password is given, and ${server} has none.`,
  ],
  [
    /^NOPERM/,
    (server, answer) => `This user lacks a right that sessions need: ${server} says ${answer}.`,
  ],
  [/^DENIED/, (server) => `${server} is in protected mode, and refuses clients of other machines.`],
  [
    /^ERR (?:DB index is out of range|invalid DB index)/,
    () => 'Redis has no database of this number.',
  ],
  [
    /^ERR This instance has cluster support disabled/,
    () => 'This Redis is no cluster: its address begins with redis://.',
  ],
  [
    /^MOVED|^ERR SELECT is not allowed in cluster mode/,
    () => 'This Redis is a node of a cluster: its address begins with redis-cluster://.',
  ],
  [
    /^ERR unknown command/,
    (server, answer) => `This is no Redis for sessions: ${server} says ${answer}.`,
  ],
]

/**
 * The mistake of a `server` that does not answer because only one side speaks TLS; null where that is not why. It sends
 * nothing secret.
 */
export async function mistakenTls(
  { socket }: ServerOptions,
  patience: number,
): Promise<RedisMisconfigured | null> {
  if (socket === undefined || !('host' in socket || 'port' in socket)) return null
  const place = { host: socket.host ?? 'localhost', port: socket.port ?? 6379 }
  if (socket.tls === true)
    return (await isPlain(place, patience))
      ? new RedisMisconfigured(
          'This Redis speaks no TLS: its address begins with redis, not rediss.',
        )
      : null
  return (await isTls(place, patience))
    ? new RedisMisconfigured('This Redis speaks TLS: its address begins with rediss, not redis.')
    : null
}

interface Place {
  readonly host: string
  readonly port: number
}

function isPlain(place: Place, patience: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connectPlain(place, () => socket.write('PING\r\n'))
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('data', (answer) => {
      done(/^[+-]/.test(answer.toString('latin1')))
      socket.destroy()
    })
    socket.on('error', () => undefined) // 'close' follows
    socket.on('close', () => done(false))
  })
}

function isTls(place: Place, patience: number): Promise<boolean> {
  return new Promise((done) => {
    // Any certificate shows that the server speaks TLS.
    const socket = connectTls({ ...place, rejectUnauthorized: false }, () => {
      done(true)
      socket.destroy()
    })
    socket.setTimeout(patience, () => socket.destroy())
    socket.on('error', () => undefined) // 'close' follows
    socket.on('close', () => done(false))
  })
}
