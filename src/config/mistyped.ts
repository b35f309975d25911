import { bearable, distanceOf } from './likeness.ts'
import { fixed, variables } from './settings.ts'

/** Read by commands alone, and not by the server. */
const ofCommands = ['SUPERUSER_PASSWORD', 'CHANGE_PASSWORD']
const known = [...variables, ...ofCommands]

/** Whatever begins like this was meant for a server like this one. */
const families = ['SESSION_', 'GRAPHQL_MAX_', 'HTTP_MAX_']
/** Save what desktops set. */
const unrelated = ['SESSION_MANAGER']

/**
 * A sentence for each variable that looks like a setting and is none: it is ignored, and the operator may not know.
 * Variables of other programs are left alone, and no value is shown.
 */
export function findMistyped(environment: Readonly<Record<string, string | undefined>>): string[] {
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
