import { InvalidArgumentError, Option } from 'commander'

/** `--json`, which every command has that prints a result. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON document')
}

/** `--limit`, which every command has that prints a list. */
export function limitOption(): Option {
  return new Option('--limit <number>', 'how many at most').argParser(wholeNumber).default(50)
}

/** `--after`, which every command has that prints a list. */
export function afterOption(): Option {
  return new Option(
    '--after <cursor>',
    'only what comes after the entry with this cursor, which a list names where it goes on, and --json for each entry',
  )
}

/** `--yes`, which every command has whose work cannot be undone. */
export function yesOption(): Option {
  return new Option('--yes', 'do not ask; needed where there is no terminal to ask on')
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('From 1 to 9999.')
  return Number(text)
}

/** Milliseconds of each unit that an age may be written in. */
const units = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

/** An instant: a date, a date with a time, or how long ago, such as 90m, 12h or 7d. */
export function instantOf(text: string): Date {
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : momentAgo(text)
  if (Number.isNaN(at) || Math.abs(at) > 8e15)
    throw new InvalidArgumentError('A date, such as 2026-01-31 or 2026-01-31T12:00Z, or 12h or 7d.')
  return new Date(at)
}

/** The instant so long ago, such as 90m, 12h or 7d. */
export function agoOf(text: string): Date {
  const at = momentAgo(text)
  if (Number.isNaN(at)) throw new InvalidArgumentError('A length of time, such as 90m, 12h or 7d.')
  return new Date(at)
}

/** In milliseconds since 1970; NaN for what is no length of time. */
function momentAgo(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? []
  if (count === undefined) return NaN
  return Date.now() - Number(count) * units[unit as keyof typeof units]
}
