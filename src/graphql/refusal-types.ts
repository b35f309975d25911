import type { FieldMap, SchemaTypes } from '@pothos/core'
import type { Refusal } from '../refusals.ts'

/** How a refusal looks in the schema. */
export interface RefusalTypeOptions<Types extends SchemaTypes, Refused extends Refusal> {
  /** The name of its type. */
  readonly name: string
  /** The code that its instances have: it becomes a value of `ErrorCode`, where it is none yet. */
  readonly code: string
  /** What the code means, for people who read the schema. */
  readonly codeDescription?: string
  /** What the type is, for people who read the schema; what the code means, where that is left out. */
  readonly description?: string
  /** What it says besides `code` and `message`. */
  readonly fields?: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Refused>) => FieldMap
}

/** The part of a builder that knows refusals. */
export interface RefusalTypes<Types extends SchemaTypes> {
  /**
   * Makes a class of refusals a type that implements `Error`. From then on it may be a member of a union of `errorUnion`,
   * and a resolver of a field of that union refuses by throwing an instance.
   */
  refusalType<Refused extends Refusal>(
    refused: new (...args: never[]) => Refused,
    options: RefusalTypeOptions<Types, Refused>,
  ): void
}

/** The values of the enum `ErrorCode`, so far. */
export type ErrorCodes = Record<string, { readonly description?: string }>

/** Adds refusals to `builder`, and notes their codes in `codes`: an enum is complete once it is made. */
export function createRefusalTypes<Types extends SchemaTypes>(
  builder: PothosSchemaTypes.SchemaBuilder<Types>,
  codes: ErrorCodes,
): RefusalTypes<Types> {
  return {
    refusalType(refused, { code, codeDescription, ...type }) {
      codes[code] ??= codeDescription === undefined ? {} : { description: codeDescription }
      const description = type.description ?? codeDescription
      builder.objectType(refused, { ...type, description, interfaces: ['Error'] } as never)
    },
  }
}
