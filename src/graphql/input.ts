import type { z } from 'zod'
import { InvalidInput } from '../auth/user.ts'

/** The input as `schema` reads it. Throws `InvalidInput`, with a path and a sentence for every rule it breaks. */
export function parseInput<Output>(schema: z.ZodType<Output>, input: unknown): Output {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  throw new InvalidInput(
    parsed.error.issues.map(({ path, message }) => ({ path: path.map(String), message })),
  )
}
