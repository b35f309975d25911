import { depend } from './choice.ts'
import type { Choice } from './choice.ts'

/** Decides what is next. Null: this run is of no interest any more. */
export type Choose = (choices: readonly Choice[]) => Choice | null

/** Runs a scenario from its beginning, asking `choose` at every step. Null where `choose` gave up. */
export type Run<Result> = (choose: Choose) => Promise<Result | null>

/** One point of the path that is explored: what was taken there, and what need not be taken. */
interface Branch {
  choices: readonly Choice[]
  taken: Choice
  /** Steps from here that were explored to the end, by their ids. */
  readonly done: Map<string, Choice>
  /** Steps that were explored before others that have nothing to do with them: to take them now leads nowhere new. */
  asleep: ReadonlyMap<string, Choice>
}

/**
 * Every schedule of `run` that differs from the others in an order that matters, depth first. Nothing is remembered but
 * the path: each schedule runs from the beginning. Steps that touch nothing in common may change places without a
 * difference, so that one order of them is enough: sleep sets (Godefroid 1996) see to that, and lose no outcome.
 */
export async function* everySchedule<Result>(run: Run<Result>): AsyncGenerator<Result> {
  const path: Branch[] = []
  do {
    let depth = 0
    const result = await run((choices) => {
      const before = path[depth - 1]
      const branch = path[depth] ?? branchOff(choices, before ? stillAsleep(before) : new Map())
      if (branch === null) return null
      path[depth++] = branch
      branch.choices = choices
      branch.taken = choices.find(({ id }) => id === branch.taken.id) ?? lost(branch.taken)
      return branch.taken
    })
    if (result !== null) yield result
  } while (goOn(path))
}

function branchOff(choices: readonly Choice[], asleep: Branch['asleep']): Branch | null {
  const taken = choices.find(({ id }) => !asleep.has(id))
  return taken ? { choices, taken, done: new Map(), asleep } : null
}

/** What sleeps after the step that was taken: all whose order to it makes no difference. */
function stillAsleep({ taken, done, asleep }: Branch): Branch['asleep'] {
  return new Map([...asleep, ...done].filter(([, one]) => !depend(one, taken)))
}

/** Moves to the next path. False where there is none. */
function goOn(path: Branch[]): boolean {
  for (let branch = path.at(-1); branch !== undefined; branch = path.at(-1)) {
    branch.done.set(branch.taken.id, branch.taken)
    const { done, asleep } = branch
    const next = branch.choices.find(({ id }) => !done.has(id) && !asleep.has(id))
    if (next !== undefined) {
      branch.taken = next
      return true
    }
    path.pop()
  }
  return false
}

function lost(choice: Choice): never {
  throw new Error(`The run is not the same again: ${choice.id} is not there.`)
}

/** Schedules in which requests follow each other, then those in which one is interrupted once, then twice, and so on. */
export async function* withInterruptions<Result>(run: Run<Result>): AsyncGenerator<Result> {
  const prefixes: string[][] = [[]]
  while (prefixes.length > 0) {
    for (const prefix of prefixes.splice(0)) {
      const steps: string[] = []
      let last: string | null = null
      const result = await run((choices) => {
        const wanted = prefix[steps.length]
        const goesOn = choices.find(
          ({ by, id }) => by === last && !/ (fails|late|killed)$/.test(id),
        )
        const taken: Choice | undefined =
          wanted === undefined ? (goesOn ?? choices[0]) : choices.find(({ id }) => id === wanted)
        if (taken === undefined) return null
        if (wanted === undefined)
          for (const other of choices) if (other !== taken) prefixes.push([...steps, other.id])
        steps.push(taken.id)
        last = taken.by
        return taken
      })
      if (result !== null) yield result
    }
  }
}

/** `count` schedules of `run`, each step of which is drawn: the same ones for the same `seed`. */
export async function* someSchedules<Result>(
  run: Run<Result>,
  count: number,
  seed: number,
): AsyncGenerator<Result> {
  const random = createRandom(seed)
  for (let drawn = 0; drawn < count; drawn++) {
    const result = await run((choices) => choices[Math.floor(random() * choices.length)] ?? null)
    if (result !== null) yield result
  }
}

/** The schedule whose choices have these ids. Throws where there is none. */
export async function replay<Result>(run: Run<Result>, ids: readonly string[]): Promise<Result> {
  let at = 0
  const result = await run((choices) => {
    const wanted = ids[at++]
    return choices.find(({ id }) => id === wanted) ?? null
  })
  if (result === null) throw new Error(`There is no step ${ids[at - 1]}.`)
  return result
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
