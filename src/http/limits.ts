import { settings } from '../config/settings.ts'

/** What one request may ask for. Each is a setting or a constant, which the error past it names. */
export interface Limits {
  readonly bodyBytes: number
  readonly tokens: number
  readonly depth: number
  readonly aliases: number
  readonly fields: number
  readonly directives: number
  readonly rootMutations: number
  readonly pageSize: number
  /** Rows of all pages of one request together. */
  readonly rows: number
  /** Seconds. */
  readonly timeout: number
}

/** A limit that a request can exceed. One login a document is no setting: a second one is a guess. */
export type Limit = keyof Limits | 'logins'

const { limits: declared } = settings

/** The name of each limit in errors, and the status of the answer past it; null where only one field fails. */
const limits: {
  readonly [Name in Limit]: readonly [name: string | null, status: number | null]
} = {
  bodyBytes: [declared.bodyBytes.variable, 413],
  tokens: [declared.tokens.variable, 400],
  depth: [declared.depth.variable, 400],
  aliases: [declared.aliases.name, 400],
  fields: [declared.fields.variable, 400],
  directives: [declared.directives.name, 400],
  rootMutations: [declared.rootMutations.name, 400],
  logins: [null, 400],
  pageSize: [declared.pageSize.name, null],
  rows: [declared.rows.name, 400],
  timeout: [declared.timeout.variable, 503],
}

/** A request asks for more than it may. The message names the setting, where it is one, and so does `setting`. */
export class LimitExceeded extends Error {
  readonly code: 'BAD_USER_INPUT' | 'EXECUTION_TIMEOUT'
  readonly setting: string | null
  readonly status: number | null

  constructor(limit: Limit, sentence: string) {
    const [setting, status] = limits[limit]
    super(setting === null ? `${sentence}.` : `${sentence} (${setting}).`)
    this.name = 'LimitExceeded'
    this.code = limit === 'timeout' ? 'EXECUTION_TIMEOUT' : 'BAD_USER_INPUT'
    this.setting = setting
    this.status = status
  }
}
