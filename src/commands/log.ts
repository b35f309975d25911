import { createRequire } from 'node:module'
import { pino, symbols } from 'pino'
import type { DestinationStream, Logger } from 'pino'
import { answerMessage, membersOf } from '../http/answer-line.ts'
import type { AnswerLine } from '../http/answer-line.ts'

/** A log of JSON lines at `level`. Times are UTC. */
export function createLog({ level }: { level: string }, destination: DestinationStream): Logger {
  return withAnswerLines(pino({ level, timestamp: createClock() }, destination))
}

type AsJson = (line: object, message: string | undefined, level: number, time: string) => string

/**
 * The same log, which writes the line of a request without looking at each of its members. pino's way costs a request some
 * 3 µs, a fifteenth of what it takes in all. pino offers its symbols for such ends.
 */
function withAnswerLines(log: Logger): Logger {
  const own = log as Logger & {
    [symbols.asJsonSym]: AsJson
    readonly [symbols.lsCacheSym]: Readonly<Record<number, string>>
    readonly [symbols.chindingsSym]: string
  }
  const asJson = own[symbols.asJsonSym]
  own[symbols.asJsonSym] = function (this: typeof own, line, message, level, time) {
    if (message !== answerMessage) return asJson.call(this, line, message, level, time)
    const start = `${this[symbols.lsCacheSym][level]}${time}${this[symbols.chindingsSym]}`
    return `${start}${membersOf(line as AnswerLine)},"msg":"${answerMessage}"}\n`
  }
  return own
}

/** The time of a line, in the form that pino writes. It changes by the millisecond; the rest of it is made once a second. */
function createClock(): () => string {
  let second = 0
  let start = ''
  return () => {
    const now = Date.now()
    const milliseconds = now % 1000
    if (now - milliseconds !== second) {
      second = now - milliseconds
      start = `,"time":"${new Date(second).toISOString().slice(0, -4)}`
    }
    return `${start}${String(milliseconds).padStart(3, '0')}Z"`
  }
}

/** How the log of a process is written. */
export interface LogOptions {
  readonly production: boolean
  readonly level: string
  /** Left out: standard output, which a command needs for its result. */
  readonly stream?: NodeJS.WriteStream
}

/**
 * The log of this process: JSON lines in production, readable ones in development. Once the program that reads it has gone,
 * nothing is written: a server outlives the reader of its log.
 */
export async function openLog({
  production,
  level,
  stream = process.stdout,
}: LogOptions): Promise<Logger> {
  return createLog({ level }, linesOn(stream, production ? asItIs : createFormat(stream)))
}

type Format = (line: string) => string

const asItIs: Format = (line) => line

/** Loads pino-pretty with the first line: most commands log nothing, and loading it would take a fifth of their time. */
function createFormat({ isTTY }: NodeJS.WriteStream): Format {
  let format: Format | null = null
  return (line) => (format ??= loadFormat(isTTY))(line)
}

function loadFormat(colorize: boolean): Format {
  const load = createRequire(import.meta.url)
  const { prettyFactory } = load('pino-pretty') as typeof import('pino-pretty')
  return prettyFactory({ ignore: 'pid,hostname', colorize }) as Format
}

/** Lines are gathered for a turn of the event loop and written as one: a busy server logs hundreds a turn. */
function linesOn(stream: NodeJS.WriteStream, format: Format): DestinationStream {
  let hasReader = true
  let gathered = ''
  stream.once('error', (error) => {
    hasReader = false
    process.stderr.write(`The log ends here: standard output fails (${error.message}).\n`)
  })
  process.once('exit', flush) // a pipe, a file and a terminal are written to at once
  return {
    write(line) {
      if (!hasReader) return
      if (gathered === '') setImmediate(flush)
      gathered += format(line)
    },
  }

  function flush(): void {
    const lines = gathered
    gathered = ''
    if (hasReader && lines !== '') stream.write(lines)
  }
}
