import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from './history.ts'
import type { Chance } from './random.ts'

/** Something that goes wrong, and is right again when `strike` resolves. */
export interface Trouble {
  readonly name: string
  /** What it befalls: no two befall one thing at once. */
  readonly on: string
  readonly loses?: Fault['loses']
  strike(chance: Chance): Promise<void>
}

/** How long a trouble lasts, in milliseconds. */
export const whileOf = (chance: Chance, most = 4000) => sleep(chance.between(300, most))

/** A program that ends without a word and is started again, and one that keeps its connections and answers nothing. */
export function troublesOfProgram(
  on: string,
  program: {
    kill(): Promise<void>
    start(): Promise<void>
    pause(): void | Promise<void>
    resume(): void
  },
  loses?: Fault['loses'],
): Trouble[] {
  return [
    {
      name: `${on} is killed`,
      on,
      ...(loses && { loses }),
      async strike(chance) {
        await program.kill()
        await whileOf(chance, 3000)
        await program.start()
      },
    },
    {
      name: `${on} is stopped in its tracks`,
      on,
      async strike(chance) {
        await program.pause()
        await whileOf(chance, 5000)
        program.resume()
      },
    },
  ]
}

/** Strikes at random until `isOver`, every few seconds, one or two things at once. Resolves when all is right again, with what could not be mended. */
export async function trouble(
  troubles: readonly Trouble[],
  chance: Chance,
  faults: Fault[],
  { now, isOver }: { now: () => number; isOver: () => boolean },
): Promise<unknown[]> {
  const busy = new Map<string, Promise<void>>()
  const failures: unknown[] = []
  while (!isOver()) {
    await sleep(chance.between(800, 3000))
    const free = troubles.filter(({ on }) => !busy.has(on))
    if (isOver() || busy.size > 1 || free.length === 0) continue
    const { name, on, loses, strike } = chance.pick(free)
    const from = now()
    const own = chance.fork()
    const struck = strike(own)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        faults.push({ name, from, to: now(), ...(loses && { loses }) })
        busy.delete(on)
      })
    busy.set(on, struck)
  }
  await Promise.all(busy.values())
  return failures
}
