import { send } from './client.ts'
import type { Reply } from './client.ts'
import type { Fault, Kind, Operation, Sight, Stream } from './history.ts'
import type { Identity } from './identity.ts'
import type { Node } from './node.ts'

/** What a request is about, besides its answer. */
export type Meaning = Pick<Operation, 'kind'> &
  Partial<Pick<Operation, 'user' | 'target' | 'password' | 'age'>>

/** A request, as a visitor makes it. */
export interface Asked extends Meaning {
  readonly node: Node
  readonly cookie: string | null
  readonly query: string
  /** Gets the number of the operation: a write names its line after it. */
  readonly variables?: (id: number) => object
  readonly address?: string
  /** What the answer's data says: the member of the union, or the sight of a read. */
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly read: (data: any) => {
    /** Undefined where only a part of it was done. */
    done?: boolean
    detail?: string
    sight?: Omit<Sight, 'id'> & { id?: string | null }
  }
}

/** What a request came to. `cookie` is the one that the visitor has afterwards. */
export interface Told {
  readonly operation: Operation
  readonly cookie: string | null
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any
}

/** Writes down what is asked and what is answered, by one clock. */
export interface Recorder extends Identity {
  readonly operations: Operation[]
  readonly streams: Stream[]
  readonly faults: Fault[]
  /** Every cookie that a visitor was given. */
  readonly cookies: Set<string>
  /** Milliseconds since the run began. */
  now(): number
  ask(asked: Asked): Promise<Told>
  /** The same for what is asked in another way than by the API: `carryOut` does it, and must not reject. */
  note(
    meaning: Meaning & { readonly node: Node },
    carryOut: () => Promise<Pick<Operation, 'outcome'> & { readonly detail: string | null }>,
  ): Promise<Operation>
}

/** Begins a history. */
export function createRecorder({ idOf, copyOf }: Identity): Recorder {
  const begin = performance.now()
  const now = () => performance.now() - begin
  const cookies = new Set<string>()
  const operations: Operation[] = []
  let count = 0

  async function ask(asked: Asked): Promise<Told> {
    const { node, cookie, kind, query, variables, address, read, user, target, password, age } =
      asked
    const id = ++count
    const sent = now()
    const reply = await send(node.url, cookie, query, variables?.(id), address)
    const found = reply.data === null ? undefined : read(reply.data)
    const outcome = outcomeOf(kind, reply, found?.done)
    const after = reply.cookie === undefined ? cookie : reply.cookie === '' ? null : reply.cookie
    if (after !== null) cookies.add(after)
    const landed = after === null ? null : idOf(after)
    const detail = reply.error ?? found?.detail ?? (reply.how === 'answered' ? null : reply.how)
    const copy = cookie && copyOf(cookie)
    // What was not answered with success may set a cookie all the same: a browser takes it.
    const isTold = outcome !== 'unknown' || after !== cookie
    const given = after && isTold && copyOf(after)
    const operation: Operation = {
      id,
      kind,
      process: node.index,
      sent,
      answered: outcome === 'unknown' ? null : now(),
      outcome,
      session: cookie === null ? null : idOf(cookie),
      landed: isTold ? landed : null,
      ...(user !== undefined && { user }),
      ...(target !== undefined && { target }),
      ...(copy && { copy }),
      ...(given && { given }),
      ...(password !== undefined && { password }),
      ...(age !== undefined && { age }),
      ...(outcome === 'done' && found?.sight && { sight: { id: landed, ...found.sight } }),
      ...(detail !== null && { detail }),
    }
    operations.push(operation)
    return { operation, cookie: after, data: reply.data }
  }

  const note: Recorder['note'] = async ({ node, ...meaning }, carryOut) => {
    const id = ++count
    const sent = now()
    const { outcome, detail } = await carryOut()
    const operation: Operation = {
      id,
      process: node.index,
      sent,
      answered: outcome === 'unknown' ? null : now(),
      outcome,
      session: null,
      landed: null,
      ...meaning,
      ...(detail !== null && { detail }),
    }
    operations.push(operation)
    return operation
  }

  return { operations, streams: [], faults: [], cookies, now, ask, note, idOf, copyOf }
}

/** Errors after which nothing of a request may be stored. */
const harmless =
  /^(UNAUTHENTICATED|FORBIDDEN|BAD_USER_INPUT|SERVER_BUSY|SESSION_BUSY|SESSION_INTERRUPTED|NOT_ACCEPTABLE)/

/** What an answer without success leaves of a request: a 503 says it where the change may have been stored (decision 53). */
export function outcomeOf(
  kind: Kind,
  { how, error }: Pick<Reply, 'how' | 'error'>,
  done?: boolean,
): Operation['outcome'] {
  if (how === 'unsent') return 'refused'
  if (how === 'lost') return 'unknown'
  if (error === null) return done === undefined ? 'unknown' : done ? 'done' : 'refused'
  if (/may have been stored|is stored/.test(error) || error.startsWith('INTERNAL')) return 'unknown'
  if (harmless.test(error) || error.startsWith('SESSION_STORE_UNAVAILABLE')) return 'refused'
  // An operation that takes too long stores nothing more in its session, and may be done elsewhere (docs/frontend.md).
  return kind === 'write' ? 'refused' : 'unknown'
}
