import type { Environment } from './environment.ts'
import { namedIn } from './setting.ts'
import type { NamedSetting } from './setting.ts'
import { fixed, settings, variables } from './settings.ts'

/** Variables that commands read, and the server does not. */
const ofCommands = ['SUPERUSER_PASSWORD', 'CHANGE_PASSWORD']
const known = [...variables, ...ofCommands]

/** A variable that begins like this was meant for a server like this one. */
const families = ['SESSION_', 'GRAPHQL_MAX_', 'HTTP_MAX_']
/** Those that desktops set. */
const unrelated = ['SESSION_MANAGER']

/**
 * A sentence for each variable that looks like a setting and is none: it is ignored, and the operator may not know.
 * Variables of other programs are left alone, and no value is shown.
 */
export function findMistyped(environment: Environment): string[] {
  return Object.keys(environment).flatMap((name) => {
    const constant = fixed.find((one) => one.name === name)
    if (constant)
      return `${name} is no longer a setting, and is ignored: it is always ${constant.value}.`
    const nearest = nearestSetting(name)
    if (nearest === null) return []
    return `${name} is no setting, and is ignored. Did you mean ${nearest}?`
  })
}

function nearestSetting(name: string): string | null {
  if (known.includes(name) || unrelated.includes(name) || name.length > 100) return null
  const upper = name.toUpperCase().replaceAll(/[-. ]/g, '_')
  const isOfFamily = families.some((family) => upper.startsWith(family))
  // No more letters may be wrong than two: the environment is long, and every start looks through it.
  const near = known.filter(({ length }) => isOfFamily || Math.abs(length - upper.length) <= 2)
  const most = isOfFamily ? Infinity : 2
  const ranked = near.map((setting) => ({ setting, distance: distanceOf(upper, setting, most) }))
  const [nearest] = ranked.toSorted((one, other) => one.distance - other.distance)
  if (nearest === undefined) return null
  return isOfFamily || nearest.distance <= bearable(nearest.setting) ? nearest.setting : null
}

/** What to write in place of `path`, which a program took for the name of a setting: a sentence. */
export function suggestionFor(path: string): string {
  const nearest = path.length > 100 ? null : nearestTo(path)
  if (nearest === null) return 'docs/settings.md has them all.'
  return `Did you mean ${nearest.path} (${nearest.setting.variable})?`
}

/** Programs write the name of a variable in their own way, leave out the group of a setting, or miss a letter. */
function nearestTo(path: string): NamedSetting | null {
  const all = namedIn(settings)
  const grouped = all.filter((one) => lastOf(one.path) === path)
  if (grouped.length === 1) return grouped[0] ?? null
  const written = [shouted(path), shouted(lastOf(path))]
  const ranked = all.flatMap((one) =>
    [one.setting.variable, shouted(one.path)].map((name) => {
      const distances = written.map((text) => distanceOf(text, name, bearable(name)))
      return { one, name, distance: Math.min(...distances) }
    }),
  )
  const [nearest] = ranked.toSorted((one, other) => one.distance - other.distance)
  return nearest && nearest.distance <= bearable(nearest.name) ? nearest.one : null
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}

/** `policy.absoluteAge` as a variable would be called: POLICY_ABSOLUTE_AGE. */
function shouted(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[-. ]/g, '_')
    .toUpperCase()
}

/** How many letters of a name may be wrong. A short one, such as PORT, is near to too much that is something else. */
function bearable({ length }: string): number {
  if (length < 6) return 0
  return length < 10 ? 1 : 2
}

/**
 * How many letters must be put in, taken out or changed to make `to` of `from` (Levenshtein). Infinity as soon as they
 * must be more than `most`.
 */
function distanceOf(from: string, to: string, most: number): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let at = 1; at <= from.length; at++) {
    const next = [at]
    for (let other = 1; other <= to.length; other++) {
      const changed = (row[other - 1] ?? 0) + (from[at - 1] === to[other - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[other] ?? 0) + 1, (next[other - 1] ?? 0) + 1))
    }
    row = next
    if (Math.min(...row) > most) return Infinity
  }
  return row[to.length] ?? 0
}
