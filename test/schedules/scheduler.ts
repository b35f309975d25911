import type { Choice, Resource } from './choice.ts'

/**
 * What may become of a call. 'late': its caller, who waits with patience (`waitFor`), is told that it timed out, and it
 * is carried out all the same, later. 'killed': the process of its caller is killed before it.
 */
export type Fate = 'done' | 'fails' | 'late' | 'killed'

/** A step that was taken, as it is told. */
export interface Step {
  readonly by: string
  readonly what: string
  readonly cameBack: string
}

/** A call, before it is made. */
export interface Call<Result> {
  readonly by: string
  readonly what: string
  /** May grow while it is carried out. */
  readonly touches: readonly Resource[]
  /** Carries it out. Nothing else happens meanwhile: a call is atomic, as a statement or a transaction is. */
  readonly perform: () => Result | Promise<Result>
  /** How the story tells a result. */
  readonly tell?: (result: Result) => string
  /** May it fail, or come late? Time and the network of the story itself do not. */
  readonly mayFail?: boolean
}

/** Holds every call back until it is chosen. */
export interface Scheduler {
  /** Makes a call, when its turn comes. */
  call<Result>(call: Call<Result>): Promise<Result>
  /**
   * What `work` comes to. Where one of its calls comes late, the request `by` hears that it timed out; the work goes on
   * none the less, and `undo` is told what it has come to.
   */
  waitFor<Result>(
    by: string,
    work: () => Promise<Result>,
    undo?: (result: Result) => Promise<unknown>,
  ): Promise<Result>
  /** What may be next, once everything that runs has come to a call. */
  choices(): Promise<Choice[]>
  /** Takes one of those steps. */
  take(choice: Choice): void
  /** Was the process of the request `by` killed? Then it is never answered. */
  isKilled(by: string): boolean
  /** Does a call that waits write to the session `id`? */
  isWrittenTo(id: string): boolean
  /** What a session is called in the story, in every run alike: after the request `by` that spoke of it first. */
  nameOf(id: string, by: string): string
  /** The steps so far. */
  readonly story: readonly Step[]
  /** Calls are carried out at once from now on, and not told: for looking at what a schedule has left behind. */
  release(): void
}

/** The failure that is put into calls. */
export class CallFailed extends Error {}

/** The caller has waited for too long: what it asked for may be done yet. */
export class CallTimedOut extends CallFailed {}

interface Waiting {
  readonly id: string
  readonly call: Call<unknown>
  /** Lets the request go on without what waits for this call. */
  readonly giveUp: (() => void) | undefined
  settle(fate: Fate): void
}

/** What may happen to one call of a request, by the name of the request. Once in a story, whatever it allows. */
export type Mishaps = ReadonlyMap<string, readonly Exclude<Fate, 'done'>[]>

/** A scheduler. `known` are the sessions that have a name already. */
export function createScheduler(
  mishaps: Mishaps = new Map(),
  known: Iterable<readonly [id: string, name: string]> = [],
): Scheduler {
  const story: Step[] = []
  const waiting = new Map<string, Waiting>()
  const made = new Map<string, number>()
  const names = new Map<string, string>(known)
  /** What makes a request go on without what it waits for. */
  const givingUp = new Map<string, () => void>()
  const killed = new Set<string>()
  let isMishapLeft = mishaps.size > 0
  let isReleased = false

  return {
    call,
    waitFor,
    choices,
    take,
    isKilled: (by) => killed.has(by),
    isWrittenTo,
    nameOf,
    story,
    release: () => void (isReleased = true),
  }

  function isWrittenTo(id: string): boolean {
    const touched = [...waiting.values()].flatMap(({ call: { touches } }) => touches)
    return touched.some(({ kind, name, writes }) => {
      return writes && (kind === 'record' || kind === 'session') && name === names.get(id)
    })
  }

  function nameOf(id: string, by: string): string {
    const name = names.get(id) ?? nextName(`the session made by ${by}`)
    names.set(id, name)
    return name
  }

  function nextName(name: string): string {
    const alike = [...names.values()].filter((other) => other.startsWith(name))
    return alike.length === 0 ? name : `${name} (${alike.length + 1})`
  }

  function call<Result>(asked: Call<Result>): Promise<Result> {
    if (isReleased) return Promise.resolve().then(asked.perform)
    const number = (made.get(asked.by) ?? 0) + 1
    made.set(asked.by, number)
    const id = `${asked.by}.${number}`
    // A request may wait for two calls at a time, and gives each of them up by itself.
    const giveUp = givingUp.get(asked.by)
    return new Promise<Result>((resolve, reject) => {
      waiting.set(id, {
        id,
        call: asked as Call<unknown>,
        giveUp,
        settle(fate) {
          waiting.delete(id)
          if (fate === 'done') {
            carryOut(asked).then(resolve, reject)
            return
          }
          isMishapLeft = false
          if (fate === 'killed') return kill(asked)
          tell(asked, fate === 'fails' ? 'fails' : 'times out')
          if (fate === 'fails') return reject(new CallFailed('The call failed.'))
          const later = call({ ...asked, by: `${asked.by} (late)`, mayFail: false })
          later.then(resolve, reject)
          if (giveUp) giveUp()
          else reject(new CallTimedOut('The call timed out.'))
        },
      })
    })
  }

  /** None of its calls is made any more, this one and those that it waits for at the same time among them. */
  function kill({ by, what }: Pick<Call<unknown>, 'by' | 'what'>): void {
    killed.add(by)
    for (const [id, { call }] of waiting) if (call.by === by) waiting.delete(id)
    tell({ by, what }, 'never happens: the process is killed')
  }

  function waitFor<Result>(
    by: string,
    work: () => Promise<Result>,
    undo: (result: Result) => Promise<unknown> = async () => {},
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      let isGivenUp = false
      const giveUp = () => {
        isGivenUp = true
        reject(new CallTimedOut('The call timed out.'))
      }
      givingUp.set(by, giveUp)
      const isOver = () => givingUp.get(by) === giveUp && givingUp.delete(by)
      work()
        .finally(isOver)
        .then((result) => (isGivenUp ? void undo(result).catch(() => {}) : resolve(result)), reject)
    })
  }

  async function carryOut<Result>(asked: Call<Result>): Promise<Result> {
    try {
      const result = await asked.perform()
      tell(asked, asked.tell?.(result) ?? '')
      return result
    } catch (error) {
      tell(asked, `throws ${(error as Error).name}`)
      throw error
    }
  }

  function tell(
    { by, what }: { readonly by: string; readonly what: string },
    cameBack: string,
  ): void {
    story.push({ by, what, cameBack })
  }

  async function choices(): Promise<Choice[]> {
    await quiet()
    return [...waiting.values()].flatMap(
      ({ id, giveUp, call: { by, touches, mayFail = true } }) => {
        const possible = isMishapLeft && mayFail ? (mishaps.get(by) ?? []) : []
        const others = possible.filter((fate) => fate !== 'late' || giveUp)
        return (['done', ...others] as const).map((fate) => ({
          id: fate === 'done' ? id : `${id} ${fate}`,
          by,
          // There is one mishap for all of them: to take it here is to take it from the others.
          touches: fate === 'done' ? touches : [...touches, theMishap],
        }))
      },
    )
  }

  function take({ id }: Choice): void {
    const [name = '', fate = 'done'] = id.split(/ (?=(?:fails|late|killed)$)/)
    waiting.get(name)?.settle(fate as Fate)
  }
}

const theMishap: Resource = { kind: 'mishap', name: '*', writes: true }

/** Until nothing runs any more: promises are settled before the event loop turns. */
function quiet(): Promise<void> {
  return new Promise((done) => setImmediate(done))
}
