import { listen } from './client.ts'
import type { Listening } from './client.ts'
import { changePassword, expire, login, logout, read, revokeOthers, write } from './documents.ts'
import type { Document } from './documents.ts'
import type { Node } from './node.ts'
import { addressOf } from './people.ts'
import type { Person } from './people.ts'
import type { Chance } from './random.ts'
import type { Meaning, Recorder, Told } from './recorder.ts'

/** A browser: one cookie, which it keeps, over any of the processes. */
export interface Visitor {
  cookie: string | null
  /** Cookies that it had before. */
  readonly former: string[]
  /** How many lines it has put into its cart. */
  writes: number
  write(): Promise<Told>
  /** Writes with this cookie, and does not keep the one that comes back: another tab, whose answer came too late. */
  writeAside(cookie: string | null): Promise<Told>
  read(cookie?: string | null): Promise<Told>
  login(person: Person): Promise<boolean>
  changePassword(person: Person): Promise<void>
  revokeOthers(person: Person): Promise<Told>
  logout(): Promise<Told>
  expire(seconds: number): Promise<Told>
  /** Opens a stream, which is written down when it is over. */
  listen(): Promise<void>
}

/** What a visitor needs of the run that it is part of. */
export interface Place {
  readonly recorder: Recorder
  readonly nodes: readonly Node[]
  /** Streams that are open. The end of the run leaves them. */
  readonly streams: Set<Listening>
}

/** A process to ask: mostly one that is up, as a load balancer has it. */
export function choose(nodes: readonly Node[], chance: Chance): Node {
  const up = nodes.filter(({ isUp }) => isUp)
  return chance.pick(up.length === 0 || chance.isHit(0.05) ? nodes : up)
}

let numbers = 0

/** A visitor without a cookie. */
export function createVisitor({ recorder, nodes, streams }: Place, chance: Chance): Visitor {
  const number = ++numbers
  const address = addressOf(number)
  let changes = 0

  function ask(
    document: Document,
    cookie: string | null,
    meaning: Partial<Meaning> = {},
    variables?: (id: number) => object,
  ): Promise<Told> {
    const node = choose(nodes, chance)
    return recorder.ask({
      ...document,
      ...meaning,
      node,
      cookie,
      address,
      ...(variables && { variables }),
    })
  }

  function keep({ operation, cookie }: Told): void {
    if (operation.outcome === 'refused' || cookie === visitor.cookie) return
    if (visitor.cookie !== null) visitor.former.push(visitor.cookie)
    visitor.cookie = cookie
  }

  const writing = (cookie: string | null) => {
    visitor.writes++
    return ask(write, cookie, {}, (id) => ({ sku: `w${id}` }))
  }

  const visitor: Visitor = {
    cookie: null,
    former: [],
    writes: 0,

    async write() {
      const before = visitor.cookie
      const told = await writing(before)
      if (visitor.cookie === before) keep(told)
      return told
    },

    writeAside: writing,
    read: (cookie = visitor.cookie) => ask(read, cookie),

    async login(person) {
      for (const password of person.passwords) {
        const { username } = person
        const meaning = { user: username, password }
        const told = await ask(login, visitor.cookie, meaning, () => ({ username, password }))
        keep(told)
        if (told.operation.outcome === 'done') {
          if (person.passwords.includes(password))
            person.passwords = [password, ...person.passwords.filter((each) => each !== password)]
          return true
        }
        if (!told.operation.detail?.startsWith('INVALID_CREDENTIALS')) return false
      }
      return false
    },

    async changePassword(person) {
      const [old = '', ...others] = person.passwords
      const next = `password ${number} ${++changes} of ${person.username}`
      const meaning = { user: person.username, password: next }
      const told = await ask(changePassword, visitor.cookie, meaning, () => ({ old, new: next }))
      keep(told)
      const { outcome, detail } = told.operation
      if (outcome === 'done') person.passwords = [next]
      else if (outcome === 'unknown') person.passwords = [next, old, ...others]
      // What was answered as failed must not open the account. It is tried, where the others do not.
      else if (detail?.startsWith('SESSION_')) person.passwords = [old, ...others, next]
      else person.passwords = [...others, old]
    },

    revokeOthers: (person) => ask(revokeOthers, visitor.cookie, { user: person.username }),

    async logout() {
      const told = await ask(logout, visitor.cookie)
      keep(told)
      return told
    },

    async expire(seconds) {
      const before = visitor.cookie
      const told = await ask(expire, before, { age: seconds * 1000 }, () => ({ seconds }))
      if (visitor.cookie === before) keep(told)
      return told
    },

    async listen() {
      const { cookie } = visitor
      if (cookie === null) return
      const node = choose(nodes, chance)
      const opened = recorder.now()
      const copy = recorder.copyOf(cookie)
      const listening = await listen(node.url, cookie)
      if (listening === null) return
      let isLeft = false
      const stream = {
        over: listening.over,
        leave() {
          isLeft = true
          listening.leave()
        },
      }
      streams.add(stream)
      void listening.over.then(({ how, reason }) => {
        streams.delete(stream)
        recorder.streams.push({
          session: recorder.idOf(cookie),
          ...(copy && { copy }),
          process: node.index,
          opened,
          closed: recorder.now(),
          how: how === 'broken' && isLeft ? 'left' : how,
          ...(reason !== undefined && { reason }),
        })
      })
    },
  }
  return visitor
}
