import { settings } from '../config/settings.ts'
import { statusOf } from '../failures.ts'

/** The limits of one operation. Each is a setting or a constant, which the error names. */
export interface Limits {
  readonly tokens: number
  readonly depth: number
  readonly aliases: number
  readonly fields: number
  readonly directives: number
  readonly rootMutations: number
  readonly pageSize: number
  /** The rows of all pages of one operation together. */
  readonly rows: number
  /** Seconds. */
  readonly timeout: number
}

/** A limit that an operation can exceed. One login a document is no setting: a second would be a guess. */
export type Limit = keyof Limits | 'logins'

const { limits: declared } = settings

/** The name of each limit in errors; null where it has none. */
const names: { readonly [Name in Limit]: string | null } = {
  tokens: declared.tokens.variable,
  depth: declared.depth.variable,
  aliases: declared.aliases.name,
  fields: declared.fields.variable,
  directives: declared.directives.name,
  rootMutations: declared.rootMutations.name,
  logins: null,
  pageSize: declared.pageSize.name,
  rows: declared.rows.name,
  timeout: declared.timeout.variable,
}

/** An operation asks for more than it may. The message names the setting, where it is one, and so does `setting`. */
export class LimitExceeded extends Error {
  readonly code: 'BAD_USER_INPUT' | 'EXECUTION_TIMEOUT'
  readonly setting: string | null
  /** The status of the answer; null where only one field fails. */
  readonly status: number | null

  constructor(limit: Limit, sentence: string) {
    const setting = names[limit]
    super(setting === null ? `${sentence}.` : `${sentence} (${setting}).`)
    this.name = 'LimitExceeded'
    this.code = limit === 'timeout' ? 'EXECUTION_TIMEOUT' : 'BAD_USER_INPUT'
    this.setting = setting
    this.status = limit === 'pageSize' ? null : statusOf(this.code)
  }
}
