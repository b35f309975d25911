import type { z } from 'zod'
import { InvalidInput } from '../refusals.ts'
import type { BrokenRule } from '../refusals.ts'

/** The input as `schema` reads it. Throws `InvalidInput`, with a path and a sentence for every broken rule. */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new InvalidInput(
    parsed.error.issues.map((issue) => ({ path: issue.path.map(String), ...ruleOf(issue) })),
  )
}

function ruleOf(issue: z.core.$ZodIssue): BrokenRule {
  const { message } = issue
  if (issue.code === 'too_small') {
    const min = Number(issue.minimum)
    if (issue.origin !== 'string') return { message, code: 'TOO_SMALL', min }
    return { message: `At least ${counted(min)}.`, code: 'TOO_SHORT', min }
  }
  if (issue.code === 'too_big') {
    const max = Number(issue.maximum)
    if (issue.origin !== 'string') return { message, code: 'TOO_LARGE', max }
    return { message: `At most ${counted(max)}.`, code: 'TOO_LONG', max }
  }
  return { message, code: 'INVALID_FORMAT' }
}

function counted(characters: number): string {
  return `${characters} ${characters === 1 ? 'character' : 'characters'}`
}
