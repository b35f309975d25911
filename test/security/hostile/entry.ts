/** One hostile request, and what must come of it. Plain data: `<<NAME>>` in any text stands for a secret or an id of the run. */
export interface Hostile {
  /** What the attack is. */
  readonly attack: string
  /** The promises that it shows, beside those of its kind. */
  readonly shows?: readonly string[]
  /** Whose cookie it carries; no cookie where this is left out. */
  readonly as?: 'user' | 'staff'
  /** The server that shows its schema. */
  readonly at?: 'open'
  readonly method?: string
  readonly path?: string
  /** Over the usual ones; characters are bytes, null leaves a header out, and a list sends it more than once. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | null>>
  /** What a GraphQL client would post. */
  readonly document?: string
  readonly variables?: unknown
  readonly operationName?: unknown
  readonly extensions?: unknown
  /** The body, where it is none of a GraphQL client's. */
  readonly body?: string | Uint8Array
  /** Everything that goes over the connection, character by byte, where it is no request that an HTTP client could send. */
  readonly raw?: string
  readonly expect: Expected
}

/** What must come back. Whatever it is, it holds no stack, path, SQL or secret. */
export interface Expected {
  /** Of every answer on the connection: one, as a rule. None: the connection is closed without a word. */
  readonly statuses: readonly number[]
  /** `extensions.code` of every error. Without it there is no error. */
  readonly code?: string
  /** `extensions.limit` of every error. */
  readonly limit?: string
  /** The code of the refusal that the first field's data is. */
  readonly refusal?: string
  /** The data, to the letter. */
  readonly data?: unknown
  /** The whole body, where it is not GraphQL's. */
  readonly body?: unknown
  /** The answer is a page with this heading and no way to other pages. */
  readonly page?: { readonly heading: string; readonly says: string }
  /** Headers that are there; null: are not. */
  readonly headers?: Readonly<Record<string, string | null>>
  /** A guest wrote something, so that a new session began. */
  readonly begins?: true
}

/** The document, a variable or the request around them is refused before anything runs. */
export const badInput: Expected = { statuses: [400], code: 'BAD_USER_INPUT' }

/** The answer to `{ __typename }`: the trick changed nothing. */
export const served: Expected = { statuses: [200], data: { __typename: 'Query' } }

/** The same, through a setting that bounds it and is named. */
export const beyond = (limit: string): Expected => ({ ...badInput, limit })

/** A coded error of the whole request. */
export const refusedWith = (status: number, code = 'BAD_USER_INPUT'): Expected => ({
  statuses: [status],
  code,
})

/** A coded error of a field: the request itself is fine. */
export const fieldError = (code: string): Expected => ({ statuses: [200], code })

/** An expected refusal, as data. */
export const refusal = (code: string): Expected => ({ statuses: [200], refusal: code })

/** It succeeds, and this is all that it does. */
export const data = (content: unknown): Expected => ({ statuses: [200], data: content })

/** Not worth a word: the connection is closed. */
export const closed: Expected = { statuses: [] }

/** Who is signed in, and under which session. */
export const whoami = '{ me { username } session { id } }'

/** The answer of `whoami` to a visitor without a session. */
export const nobody = data({ me: null, session: { id: null } })

/** The answer of `whoami` to the user whose key the attacks know. */
export const mallory = data({ me: { username: 'mallory' }, session: { id: '<<ID>>' } })

/** The query string of a document, and of whatever else goes with it. */
export const query = (parts: Readonly<Record<string, string>>): string =>
  `/graphql?${new URLSearchParams(parts)}`
