import { setTimeout as sleep } from 'node:timers/promises'
import { revoke, revokeOwn, revokeUser, setActive } from './documents.ts'
import type { Document } from './documents.ts'
import type { Desk, Person } from './people.ts'
import type { Chance } from './random.ts'
import { choose, createVisitor } from './visitor.ts'
import type { Place, Visitor } from './visitor.ts'
import { atTheShell, inAdmin } from './ways.ts'
import type { Way } from './ways.ts'

/** Where a life takes place. */
export interface Stage extends Place {
  readonly people: readonly Person[]
  readonly desk: Desk
  /** Is the run over? Then a life ends at its next step. */
  isOver(): boolean
}

/** The most lines that a visitor writes: a cart takes a hundred. */
const mostWrites = 80

/** One visitor from the first request to the last: a guest, a login, tabs that read and write at once, and an end of some kind. */
export async function live(stage: Stage, chance: Chance): Promise<void> {
  const visitor = createVisitor(stage, chance)
  const person = chance.pick(stage.people)
  const pause = () => sleep(chance.between(5, 60))

  if (chance.isHit(0.75)) {
    await visitor.write()
    await bustle(visitor, chance, 2)
  }
  const isUser = chance.isHit(0.75)
  if (isUser) {
    const { cookie } = visitor
    const late = cookie !== null && chance.isHit(0.5) ? visitor.writeAside(cookie) : null
    await visitor.login(person)
    await late
  }
  if (chance.isHit(0.4)) await visitor.listen()
  for (let round = chance.between(1, 4); round > 0 && !stage.isOver(); round--) {
    await pause()
    await bustle(visitor, chance, 4)
  }
  if (isUser && chance.isHit(0.15)) {
    const aside = visitor.writeAside(visitor.cookie)
    await visitor.login(person)
    await aside
  }
  if (visitor.cookie === null) return

  const cookie = visitor.cookie
  const late = Array.from({ length: chance.between(0, 2) }, async () => {
    await sleep(chance.between(0, 20))
    return chance.isHit(0.6) ? visitor.writeAside(cookie) : visitor.read(cookie)
  })
  await end(stage, chance, visitor, isUser ? person : null)
  await Promise.all(late)
  // Whatever it was, each cookie of this visitor is looked at once more, and the last one on more than one process.
  for (const each of [cookie, visitor.cookie, ...visitor.former.slice(-3)]) {
    await pause()
    if (each !== null) await visitor.read(each)
  }
}

/** Tabs that read and write at once, each over a process of its own choice. */
async function bustle(visitor: Visitor, chance: Chance, most: number): Promise<void> {
  const tabs = Array.from({ length: chance.between(1, most) }, () =>
    chance.isHit(0.6) && visitor.writes < mostWrites ? visitor.write() : visitor.read(),
  )
  await Promise.all(tabs)
}

async function end(
  stage: Stage,
  chance: Chance,
  visitor: Visitor,
  person: Person | null,
): Promise<void> {
  const draw = chance.next()
  if (visitor.cookie === null) return
  const id = stage.recorder.idOf(visitor.cookie)
  if (draw < 0.25) return void (await visitor.logout())
  if (draw < 0.34) return void (await asStaff(stage, chance, revoke, { id }, { target: id }))
  if (draw < 0.4) return endBy(inAdmin, stage, chance, id)
  // Rarely: the command is a process that takes longer to start than most requests.
  if (draw < 0.42) return endBy(atTheShell, stage, chance, id)
  if (draw < 0.54) {
    const seconds = chance.between(1, 3)
    await visitor.expire(seconds)
    await sleep(seconds * 1000 + 600)
    return
  }
  if (person === null || draw >= 0.92) return // it stays as it is, until the run is over
  if (draw < 0.62) {
    const laptop = createVisitor(stage, chance)
    if (!(await laptop.login(person)) || laptop.cookie === null) return
    const asked = { cookie: laptop.cookie, node: choose(stage.nodes, chance), target: id }
    await stage.recorder.ask({ ...revokeOwn, ...asked, variables: () => ({ id }) })
    await laptop.read()
    return
  }
  if (draw < 0.7) {
    const { username } = person
    return void (await asStaff(stage, chance, revokeUser, { username }, { user: username }))
  }
  if (draw < 0.76) return void (await visitor.revokeOthers(person))
  if (person.isBusy) return
  person.isBusy = true
  try {
    if (draw < 0.88) return await visitor.changePassword(person)
    const user = { user: person.username }
    await asStaff(stage, chance, setActive(false), { id: person.id }, user)
    for (let tries = 0; tries < 20; tries++) {
      const again = await asStaff(stage, chance, setActive(true), { id: person.id }, user)
      if (again) break
      await sleep(500)
    }
  } finally {
    person.isBusy = false
  }
}

async function endBy(
  { kind, end }: Way,
  { recorder, nodes, desk }: Stage,
  chance: Chance,
  target: string,
): Promise<void> {
  const node = choose(nodes, chance)
  const cookie = await desk.cookie(node)
  if (cookie === null) return
  const { detail } = await recorder.note({ kind, node, target }, () => end(node, target, cookie))
  if (detail === 'UNAUTHENTICATED') desk.forget()
}

async function asStaff(
  { recorder, nodes, desk }: Stage,
  chance: Chance,
  document: Document,
  variables: object,
  about: { user?: string; target?: string },
): Promise<boolean> {
  const node = choose(nodes, chance)
  const cookie = await desk.cookie(node)
  if (cookie === null) return false
  const { operation } = await recorder.ask({
    ...document,
    ...about,
    node,
    cookie,
    variables: () => variables,
  })
  if (/^(UNAUTHENTICATED|FORBIDDEN)/.test(operation.detail ?? '')) desk.forget()
  return operation.outcome === 'done'
}
