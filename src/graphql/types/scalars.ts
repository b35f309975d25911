import { valueFromASTUntyped } from 'graphql'
import { z } from 'zod'
import type { Json } from '../../session/record/data.ts'
import { badInput } from '../bad-input.ts'
import type { CoreBuilder } from '../builder.ts'

const instant = z.iso.datetime({ offset: true })

/** Instants, and any JSON. */
export function addScalars(builder: CoreBuilder): void {
  builder.scalarType('DateTime', {
    description: 'An instant, ISO 8601 in UTC.',
    serialize: (value) => value.toISOString(),
    parseValue: (value) => {
      const parsed = instant.safeParse(value)
      if (!parsed.success) throw badInput('A DateTime is ISO 8601 text with a time and an offset.')
      return new Date(parsed.data)
    },
  })

  builder.scalarType('JSON', {
    description: 'Any JSON value.',
    serialize: (value) => value,
    parseValue: (value) => value as Json,
    parseLiteral: (node, variables) => valueFromASTUntyped(node, variables) as Json,
  })
}
