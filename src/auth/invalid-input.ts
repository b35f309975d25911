import { Refusal } from '../refusals.ts'

/** Which kind of rule a value breaks, for programs: a page finds its own sentence by it, in its own language. */
export type InvalidFieldCode =
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'TOO_SMALL'
  | 'TOO_LARGE'
  | 'TOO_MANY'
  | 'TOO_DEEP'
  | 'REQUIRED'
  | 'INVALID_FORMAT'
  | 'NOT_ALLOWED'
  | 'TOO_COMMON'
  | 'SAME_AS_USERNAME'
  | 'TAKEN'

/** A rule that a value breaks. */
export interface BrokenRule {
  /** A sentence, for people, to be shown beside the field. */
  readonly message: string
  readonly code?: InvalidFieldCode
  /** The least that is allowed, where the rule has a least: of characters, of entries, or of a number. */
  readonly min?: number
  /** The most, likewise; of a password in bytes. */
  readonly max?: number
}

/** The rule that the value at `path` of the input breaks. */
export interface InvalidField extends BrokenRule {
  readonly path: string[]
}

/** Values that break a rule, each with its path in the input. Nothing was stored. */
export class InvalidInput extends Refusal {
  readonly fields: readonly InvalidField[]

  constructor(fields: readonly InvalidField[]) {
    super('INVALID_INPUT', fields.map(({ message }) => message).join(' '))
    this.fields = fields
  }
}
