import { examine } from './config.ts'
import type { Examined } from './config.ts'
import { isGiven } from './environment.ts'
import type { Environment } from './environment.ts'
import { suggestionFor } from './misnamed.ts'
import { isFixed, isSetting, namedIn } from './setting.ts'
import type { Declarations, Fixed, Setting } from './setting.ts'
import { settings } from './settings.ts'

/** Any part of the settings, as a program writes them. What is left out, or undefined, has its default. */
export type Settings = PartOf<typeof settings>

/** What is no longer a setting has no place in it, so that a compiler tells a program that still writes it. */
type PartOf<Declared> =
  Declared extends Setting<infer Value>
    ? Value
    : {
        readonly [Name in keyof Declared as Declared[Name] extends Fixed ? never : Name]?:
          PartOf<Declared[Name]> | undefined
      }

/**
 * The settings that `given` makes under `environment`, which wins. Each is read as its text would be, so that the same rules
 * hold and the same sentences say what is wrong.
 */
export function examineSettings(given: Settings, environment: Environment): Examined {
  const texts: Record<string, string> = {}
  const faults = [...textsOf(settings, given, '', texts)]
  const examined = examine(over(texts, environment))
  const all = [...faults, ...examined.faults.map(inFull)]
  return { ...examined, faults: all, config: all.length === 0 ? examined.config : null }

  /** The fault of what was given by hand has both of its names. */
  function inFull(fault: string): string {
    const named = namedIn(settings).find(({ setting }) => fault.startsWith(`${setting.variable}: `))
    const isByHand =
      named && named.setting.variable in texts && !isGiven(named.setting.variable, environment)
    return isByHand
      ? fault.replace(named.setting.variable, `settings.${named.path} (${named.setting.variable})`)
      : fault
  }
}

/** `environment` over `texts`. A variable that is there and empty says nothing. */
function over(texts: Environment, environment: Environment): Environment {
  const said = Object.entries(environment).filter(([, text]) => text?.trim())
  return { ...texts, ...Object.fromEntries(said) }
}

/** Puts the text of each setting of `given` into `texts`, by its variable. Yields a sentence for what is no setting. */
function* textsOf(
  declarations: Declarations,
  given: unknown,
  group: string,
  texts: Record<string, string>,
): Iterable<string> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return yield `settings.${group}: An object of settings.`
  for (const [name, value] of Object.entries(given)) {
    const declared = Object.hasOwn(declarations, name) ? declarations[name] : undefined
    const path = group === '' ? name : `${group}.${name}`
    if (value === undefined) continue
    if (declared === undefined) yield `settings.${path} is no setting. ${suggestionFor(path)}`
    else if (isSetting(declared)) {
      const text = textOf(declared, value)
      if (text !== null) texts[declared.variable] = text
    } else if (!isFixed(declared)) yield* textsOf(declared, value, path, texts)
    else if (value !== declared.value)
      yield `settings.${path} (${declared.name}) is no longer a setting: it is always ${declared.value}.`
  }
}

/** `value` as an operator would write it; null for none. */
function textOf(declared: Setting<unknown>, value: unknown): string | null {
  if (declared === settings.production) return value === true ? 'production' : 'development'
  if (value === null) return null
  // An empty list is not the same as none: the comma keeps it from being left out.
  return Array.isArray(value) ? value.join() || ',' : String(value)
}
