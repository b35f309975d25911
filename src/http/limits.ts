/** What one request may ask for: settings, each of which names itself in the error past it. */
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

/** What can be exceeded. One login a document is no setting: a second one is a guess. */
export type Limit = keyof Limits | 'logins'

/** The setting that is each limit, and the status of the answer past it; null where only one field fails. */
const limits: {
  readonly [Name in Limit]: readonly [setting: string | null, status: number | null]
} = {
  bodyBytes: ['DATA_UPLOAD_MAX_MEMORY_SIZE', 413],
  tokens: ['GRAPHQL_MAX_TOKENS', 400],
  depth: ['GRAPHQL_MAX_DEPTH', 400],
  aliases: ['GRAPHQL_MAX_ALIASES', 400],
  fields: ['GRAPHQL_MAX_FIELDS', 400],
  directives: ['GRAPHQL_MAX_DIRECTIVES', 400],
  rootMutations: ['GRAPHQL_MAX_ROOT_MUTATIONS', 400],
  logins: [null, 400],
  pageSize: ['GRAPHQL_MAX_PAGE_SIZE', null],
  rows: ['GRAPHQL_MAX_ROWS', 400],
  timeout: ['GRAPHQL_TIMEOUT', 503],
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
