import { bearable, distanceOf } from './likeness.ts'
import { namedIn } from './setting.ts'
import type { NamedSetting } from './setting.ts'
import { settings } from './settings.ts'

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
