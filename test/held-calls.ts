import type { TestServer } from './harness.ts'

/** Which calls count: those that change what is stored, or also those that look. */
export type Counted = 'changes' | 'all'

/** A request that the server is held at, or that it has answered before. */
export interface Held<Answer> {
  /** False where the server made fewer calls than were wanted. */
  readonly isHeld: boolean
  readonly asking: Promise<Answer>
  /** Lets the server go on. */
  readonly letGo: () => void
}

/** Sends a request by `ask`, and holds the server once it has made so many of the calls of its store and its database. */
export async function askAndHold<Answer>(
  server: TestServer,
  wanted: number,
  ask: () => Promise<Answer>,
  counted: Counted = 'changes',
): Promise<Held<Answer>> {
  const { reached, letGo, stop } = holdAfter(server, wanted, counted)
  const asking = ask()
  const isHeld = await Promise.race([reached.then(() => true), asking.then(() => false)])
  stop()
  return { isHeld, asking, letGo }
}

function holdAfter(server: TestServer, wanted: number, counted: Counted) {
  let calls = 0
  let isReached = () => {}
  let letGo = () => {}
  const reached = new Promise<void>((resolve) => (isReached = resolve))
  const held = new Promise<void>((resolve) => (letGo = resolve))
  const undo: (() => void)[] = []
  const wrap = (owner: object, name: string) => {
    const methods = owner as Record<string, (...words: unknown[]) => Promise<unknown>>
    const method = methods[name]
    if (method === undefined) throw new Error(`There is no ${name}.`)
    methods[name] = async (...words) => {
      const isWanted = ++calls === wanted
      const result = await method.apply(owner, words)
      if (isWanted) isReached()
      if (isWanted) await held
      return result
    }
    undo.push(() => (methods[name] = method))
  }
  const { db, settings } = server.app
  wrap(db, '$transaction')
  wrap(db.statements, 'transaction')
  wrap(settings.store, 'create')
  wrap(settings.store, 'delete')
  if (counted === 'all') {
    for (const name of ['first', 'write']) wrap(db.statements, name)
    wrap(settings.store, 'load')
    for (const name of ['findUnique', 'findFirst', 'updateManyAndReturn']) wrap(db.session, name)
  }
  return { reached, letGo, stop: () => undo.forEach((one) => one()) }
}
