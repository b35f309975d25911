/** What the log says of a finished request. Each member is in the line, in this order; null where it has no value. */
export interface AnswerLine {
  readonly requestId: string
  readonly method: string | undefined
  readonly path: string | null
  readonly operation: string | null
  readonly status: number | null
  readonly code: string | null
  /** Milliseconds. */
  readonly ms: number
  /** The connection broke before the whole answer was written. */
  readonly isCutOff?: true
}

/** The message of these lines, and of no others. */
export const answerMessage = 'request'

/** The members as JSON, each behind a comma. A generic writer would take several times as long, for every request. */
export function membersOf(line: AnswerLine): string {
  const { requestId, method, path, operation, status, code, ms, isCutOff } = line
  const named = method === undefined ? '' : `,"method":${quotedAgain(method)}`
  const outcome = `,"status":${status},"code":${quoted(code)},"ms":${ms}`
  const end = isCutOff ? ',"isCutOff":true' : ''
  return `,"requestId":${quoted(requestId)}${named},"path":${path === null ? 'null' : quotedAgain(path)},"operation":${quoted(operation)}${outcome}${end}`
}

function quoted(text: string | null): string {
  if (text === null) return 'null'
  if (text === 'ok') return '"ok"'
  return /^[\w.-]*$/.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** Quotes a text of which there are few kinds: a look into a map is faster than one at each character. */
function quotedAgain(text: string): string {
  let found = known.get(text)
  if (found === undefined) {
    found = quoted(text)
    if (known.size < mostKnown) known.set(text, found)
  }
  return found
}

const known = new Map<string, string>()
const mostKnown = 100
