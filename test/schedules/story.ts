import { idOf } from '../../src/session/key.ts'
import type { SessionId, SessionKey } from '../../src/session/key.ts'
import { Refusal } from '../../src/refusals.ts'
import type { Choose } from './explore.ts'
import { operations } from './operations.ts'
import type { Operation, OperationName } from './operations.ts'
import type { Resource } from './choice.ts'
import type { Fate, Mishaps, Step } from './scheduler.ts'
import { passTime } from './time.ts'
import type { Browser, Rest, World } from './world.ts'

/** Time passes at some moment of the story: as much as ends a session that nothing renews meanwhile. */
export const expiry = 'expiry'

/** What happens in a story, in whatever order. */
export interface Scene {
  readonly requests: readonly (OperationName | typeof expiry)[]
  /** Do all requests reach the same process? Otherwise each reaches another. */
  readonly together: boolean
  /** What may happen to one call of the first request. */
  readonly mishap?: Exclude<Fate, 'done'>
}

/** One request, from its arrival to its answer. */
export interface Report {
  readonly by: string
  readonly operation: Operation
  readonly from: Browser | null
  /** How many steps were taken before it arrived, and before it was answered. */
  arrived: number
  answered: number
  /** The key that its cookie named. */
  sent: SessionKey | null
  /** 'done', a refusal, an unexpected error, or no answer, because its process was killed. */
  outcome: 'done' | 'refused' | 'failed' | 'killed'
  /** What the operation came to, or what it threw. */
  result: unknown
  /** What it found to be stored, once it was done: names of values, and whose they are. */
  sees: {
    readonly userId: string | null
    readonly values: Readonly<Record<string, unknown>>
  } | null
  /** What the answer says of the cookie. */
  cookie: SessionKey | 'clear' | null
  /** The key that the browser had when the answer came and said something of the cookie. */
  replaced: SessionKey | null
}

/** A story that was played to its end, before a check looks at what it left behind. */
export interface Played {
  readonly world: World
  readonly reports: readonly Report[]
  /** The ids of sessions that had expired when the time had passed. */
  readonly expired: readonly string[]
  /** The ids of sessions whose record could outlive their row, at whatever moment. */
  readonly outlived: readonly string[]
  readonly story: readonly Step[]
  /** The ids of the choices, to play it again. */
  readonly schedule: readonly string[]
}

/** The mishaps of a scene, for the scheduler of its world. */
export function mishapsOf({ requests: [first], mishap }: Scene): Mishaps {
  return new Map(mishap ? [[nameOf(first, 0), [mishap]]] : [])
}

function nameOf(operation: string | undefined, at: number): string {
  return `${at + 1} ${operation}`
}

/** Plays `scene` in `world`, asking `choose` for every step. Null where `choose` gave up. Throws where a request is never answered. */
export async function play(scene: Scene, world: World, choose: Choose): Promise<Played | null> {
  const { scheduler } = world
  const over: string[] = []
  const reports: Report[] = []
  const running = scene.requests.map((name, at) => {
    const by = nameOf(name, at)
    if (name === expiry) return passTime(world, by).then((ids) => void over.push(...ids))
    const report = createReport(by, operations[name])
    reports.push(report)
    return answer(world, report, scene.together ? 'the process' : `process ${at + 1}`)
  })
  const answered = new Set<string>()
  for (const [at, one] of running.entries())
    void one.then(() => answered.add(nameOf(scene.requests[at], at)))
  const schedule: string[] = []
  const outlived = new Set<string>()
  for (;;) {
    const choices = await scheduler.choices()
    for (const id of recordsBeyondTheirRows(world.rest)) outlived.add(id)
    if (choices.length === 0) break
    const choice = choose(choices)
    if (choice === null) return null
    schedule.push(choice.id)
    scheduler.take(choice)
  }
  for (const report of reports) if (scheduler.isKilled(report.by)) report.outcome = 'killed'
  const isOver = scene.requests.every((name, at) => {
    const by = nameOf(name, at)
    return answered.has(by) || scheduler.isKilled(by)
  })
  if (!isOver) throw new Error(`A request is never answered: ${schedule.join(', ')}`)
  const story = [...scheduler.story]
  scheduler.release()
  return { world, reports, expired: over, outlived: [...outlived], story, schedule }
}

/**
 * The sessions whose record lives longer than their row: what ends living sessions passes over them. A session without a row is
 * over, or on its way to another key.
 */
function recordsBeyondTheirRows({ records, tables }: Rest): SessionId[] {
  return [...records.kept].flatMap(([id, { auth, expiresAt }]) => {
    const row = auth && tables.session.get(id)
    return row && row['endedAt'] === null && Number(row['expiresAt']) < expiresAt ? [id] : []
  })
}

function createReport(by: string, operation: Operation): Report {
  return {
    by,
    operation,
    from: operation.from,
    arrived: 0,
    answered: 0,
    sent: null,
    outcome: 'done',
    result: null,
    sees: null,
    cookie: null,
    replaced: null,
  }
}

/** Serves one request as the server does: a transaction of its session, then the end of the request. */
async function answer(world: World, report: Report, process: string): Promise<void> {
  const { scheduler, cookies } = world
  const { by, operation, from } = report
  const cookie: Resource = { kind: 'cookie', name: String(from), writes: true }
  await scheduler.call({
    by,
    what: 'arrives',
    touches: [anyAnswer, { ...cookie, writes: false }],
    mayFail: false,
    perform() {
      report.arrived = scheduler.story.length
      report.sent = from && cookies[from]
    },
  })
  const parts = world.attend(by, process, report.sent)
  const { session } = parts
  try {
    report.result = await session.transaction(() => operation.run(parts, by, world))
    const [auth, values] = [await session.auth(), await session.get('values')]
    report.sees = { userId: auth?.userId ?? null, values: values ?? {} }
    await session.close({ touch: from !== null })
  } catch (error) {
    report.outcome = error instanceof Refusal ? 'refused' : 'failed'
    report.result = error
    await (async () => session.close({ touch: from !== null }))().catch(() => {})
  }
  report.cookie =
    session.cookie === null || session.cookie === 'clear' ? session.cookie : session.cookie.key
  await scheduler.call({
    by,
    what: tellAnswer(report, scheduler),
    touches: [
      { kind: 'answer', name: by, writes: true },
      ...(report.cookie === null ? [] : [cookie]),
    ],
    mayFail: false,
    perform() {
      report.answered = scheduler.story.length
      if (from === null || report.cookie === null) return
      report.replaced = cookies[from]
      // Two answers may overtake each other on their way to the browser, and no server can help it: where one only renews
      // a cookie that the other has replaced, the story goes on as if they had come in order.
      if (report.cookie === report.sent && cookies[from] !== report.sent) return
      cookies[from] = report.cookie === 'clear' ? null : report.cookie
    },
  })
}

/** Whether a request comes before or after an answer makes a difference: what was acknowledged must be so by then. */
const anyAnswer: Resource = { kind: 'answer', name: '*', writes: false }

function tellAnswer(
  { by, outcome, result, cookie, sent }: Report,
  { nameOf }: World['scheduler'],
): string {
  const said = outcome === 'done' ? 'is answered' : `is answered with ${(result as Error).name}`
  if (cookie === null) return said
  if (cookie === 'clear') return `${said}, and clears the cookie`
  const which = cookie === sent ? 'the same key' : `a new key, of ${nameOf(idOf(cookie), by)}`
  return `${said}, and sets the cookie to ${which}`
}

/** The story, a step a line. */
export function tellStory({ story, schedule }: Played): string {
  const widest = Math.max(...story.map(({ by }) => by.length))
  const lines = story.map(
    ({ by, what, cameBack }, at) =>
      `  ${String(at + 1).padStart(2)}. ${by.padEnd(widest)}  ${what}${cameBack && ` → ${cameBack}`}`,
  )
  return [...lines, `  To play it again: ${JSON.stringify(schedule)}`].join('\n')
}
