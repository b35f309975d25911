import { everySchedule, withInterruptions } from './explore.ts'
import type { Run } from './explore.ts'
import { brokenBy } from './promises.ts'
import type { Broken } from './promises.ts'
import { mishapsOf, play, tellStory } from './story.ts'
import type { Played, Scene } from './story.ts'
import { createWorlds } from './worlds.ts'
import type { Engine, Plants, Start } from './world.ts'

/** A scene, and the world that it begins in. */
export interface Setting extends Scene {
  readonly engine: Engine
  readonly start: Start
  readonly plants?: Plants
}

/** What came of playing a setting in many orders. */
export interface Exploration {
  readonly setting: Setting
  readonly schedules: number
  /** The shortest schedule that breaks each promise that is broken, as a story. */
  readonly stories: readonly string[]
}

/** How the schedules of a setting are chosen: all of them, where nothing is said. */
export type Search = (run: Run<Tried>) => AsyncIterable<Tried>

interface Tried {
  readonly played: Played
  readonly broken: readonly Broken[]
}

/** Plays a setting in every order that matters, or those that `search` chooses, and looks for broken promises. */
export async function exploreSetting(
  setting: Setting,
  search: Search = everySchedule,
): Promise<Exploration> {
  const createWorld = await createWorlds(setting.engine, setting.start, setting.plants)
  const mishaps = mishapsOf(setting)
  const run: Run<Tried> = async (choose) => {
    const played = await play(setting, createWorld(mishaps), choose)
    return played && { played, broken: await brokenBy(played) }
  }
  const found = new Map<string, Tried>()
  let schedules = 0
  for await (const tried of search(run)) {
    schedules++
    for (const { promise, how } of tried.broken)
      if (!found.has(promise + how)) found.set(promise + how, tried)
  }
  const stories = new Set<string>()
  for (const tried of found.values()) stories.add(tell(setting, await shorten(run, tried)))
  return { setting, schedules, stories: [...stories] }
}

/** How many runs are made to find a shorter story. */
const mostRuns = 300

/** A schedule that breaks the same promises, with as few changes from one request to the other as can be found. */
async function shorten(run: Run<Tried>, known: Tried): Promise<Tried> {
  const wanted = JSON.stringify(known.broken)
  let runs = 0
  for await (const tried of withInterruptions(run)) {
    if (JSON.stringify(tried.broken) === wanted) return tried
    if (++runs === mostRuns) break
  }
  return known
}

function tell({ engine, start }: Setting, { played, broken }: Tried): string {
  const sentences = broken.map(({ promise, how }) => `  Broken: ${promise}. ${how}`)
  const title = `On ${engine}, where the visitor is ${start === 'ada' ? 'signed in as ada' : 'a guest'}:`
  return [title, ...sentences, tellStory(played)].join('\n')
}
