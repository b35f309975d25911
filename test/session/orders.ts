import type { SessionStore } from '../../src/session/store.ts'

/** The two stores that sessions move between. */
export interface Stores {
  readonly a: SessionStore
  readonly b: SessionStore
}

/** Says which of so many actors makes its next call. */
export type Choose = (count: number) => number

/**
 * Plays actors against each other, each call to a store one step. The first of them is killed behind `kill` of its calls.
 * Returns what they threw.
 */
export async function playSteps(
  actors: readonly ((stores: Stores) => Promise<void>)[],
  stores: Stores,
  choose: Choose,
  kill = Infinity,
): Promise<string[]> {
  const thrown: string[] = []
  const players = actors.map((actor, at) => start(actor, at === 0 ? kill : Infinity))
  await Promise.all(players.map((player) => player.arrived))
  for (;;) {
    const waiting = players.filter((player) => player.isWaiting)
    const next = waiting[waiting.length > 1 ? choose(waiting.length) : 0]
    if (next === undefined) return thrown
    await next.go()
  }

  /** One actor, which waits before each of its calls. */
  function start(actor: (stores: Stores) => Promise<void>, most: number) {
    let proceed = () => {}
    let arrive = () => {}
    let calls = 0
    const player = { isWaiting: false, arrived: Promise.resolve(), go }
    const expectArrival = () => (player.arrived = new Promise((done) => (arrive = done)))
    const paced = (store: SessionStore): SessionStore =>
      new Proxy(store, {
        get(target, name: keyof SessionStore) {
          const call = target[name]
          if (typeof call !== 'function') return call
          return async (...words: unknown[]) => {
            if (++calls > most) {
              arrive()
              await new Promise(() => {})
            }
            player.isWaiting = true
            const turn = new Promise<void>((done) => (proceed = done))
            arrive()
            await turn
            return (call as (...words: unknown[]) => unknown).apply(target, words)
          }
        },
      })
    expectArrival()
    actor({ a: paced(stores.a), b: paced(stores.b) }).then(
      () => arrive(),
      (error: unknown) => {
        thrown.push(String(error))
        arrive()
      },
    )
    return player

    async function go() {
      player.isWaiting = false
      expectArrival()
      proceed()
      await player.arrived
    }
  }
}

/** Plays every order that `choose` can make, and says how many those were. Throws where something goes wrong in one. */
export async function everyOrder(play: (choose: Choose) => Promise<string[]>): Promise<number> {
  const path: { choice: number; count: number }[] = []
  for (let orders = 1; ; orders++) {
    let at = 0
    const wrong = await play((count) => {
      const step = (path[at] ??= { choice: 0, count })
      at++
      return step.choice
    })
    if (wrong.length > 0) throw new Error(`${wrong.join(', ')}: ${JSON.stringify(path)}`)
    path.length = at
    while (path.length > 0 && path.at(-1)!.choice === path.at(-1)!.count - 1) path.pop()
    const last = path.at(-1)
    if (last === undefined) return orders
    last.choice++
  }
}

/** Choices by chance, the same for the same `seed`. */
export function drawn(seed: number): Choose {
  let state = seed
  return (count) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * count)
  }
}
