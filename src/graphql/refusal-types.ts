import type { FieldMap, SchemaTypes } from '@pothos/core'
import type { Refusal } from '../refusals.ts'

/** The type of a refusal in the schema. */
export interface RefusalTypeOptions<Types extends SchemaTypes, Refused extends Refusal> {
  /** The name of its type. */
  readonly name: string
  /** The code of its instances, which becomes a value of `ErrorCode`. */
  readonly code: string
  /** What the code means, for people who read the schema. */
  readonly codeDescription?: string
  /** What the type is, for people who read the schema; left out: as `codeDescription`. */
  readonly description?: string
  /** Its fields besides `code` and `message`. */
  readonly fields?: (t: PothosSchemaTypes.ObjectFieldBuilder<Types, Refused>) => FieldMap
}

/** The part of a builder that knows refusals. */
export interface RefusalTypes<Types extends SchemaTypes> {
  /**
   * Makes a class of refusals a type that implements `Error`. It may then be a member of a union of `errorUnion`: a resolver
   * of a field of that union refuses by throwing an instance.
   */
  refusalType<Refused extends Refusal>(
    refused: new (...args: never[]) => Refused,
    options: RefusalTypeOptions<Types, Refused>,
  ): void
}

/** The values of the enum `ErrorCode`, so far. */
export type ErrorCodes = Record<string, { readonly description?: string }>

/** Adds refusals to `builder`, and notes their codes in `codes`, because an enum takes no values after it is made. */
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
