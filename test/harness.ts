import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openApp } from '../src/app.ts'
import { servedBy } from '../src/app/served.ts'
import type { App } from '../src/app.ts'
import type { AppOptions } from '../src/app/options.ts'
import { createUser } from '../src/auth/users/new-user.ts'
import { readConfig } from '../src/config/config.ts'
import { createLog } from '../src/commands/log.ts'
import { serve } from '../src/http/server.ts'
import { post } from './post.ts'
import { openNote } from './witness/notes.ts'
import { noteKeptKey, noteSettings } from './witness/settings.ts'

/** A clock that moves when a test moves it. Pass `now` to what asks for the time. */
export interface TestClock {
  readonly now: () => number
  advance(milliseconds: number): void
}

/** A clock that starts at a fixed instant in 2026. */
export function createClock(): TestClock {
  let time = Date.UTC(2026, 0, 15, 12)
  return {
    now: () => time,
    advance(milliseconds) {
      time += milliseconds
    },
  }
}

/** A real server on a free port, with a database of its own. */
export interface TestServer {
  readonly url: string
  readonly app: App
  /** Where its database is. */
  readonly folder: string
  /** Every log line, parsed. */
  readonly logs: Record<string, unknown>[]
  /** A new visitor, without a cookie unless one is given. */
  visitor(cookie?: string | null): Visitor
  /** Makes a user and a visitor who is signed in as them. */
  signedIn(username: string, options?: { isStaff?: boolean }): Promise<Visitor>
  stop(): Promise<void>
}

/** The SESSION_STORE_TIMEOUT of servers that are not about it: what a machine with other work to do takes is no outage. */
export const patience = '10000'

/** The password of every user that a test makes. */
export const password = 'correct horse battery staple'

/** Its hash, which a file of tests computes once, and not for each of its users. */
let hashed: Promise<string> | undefined

/** What came back. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly setCookie: string[]
  // Tests look at whatever they asked for; the schema is checked by its own test.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly errors: any[] | undefined
}

/** A browser's worth of client: one cookie, sent and kept. */
export interface Visitor {
  /** The session key it would send; null for none. */
  cookie: string | null
  /** Posts an operation, and keeps the cookie that comes back. */
  send(query: string, variables?: object, headers?: Record<string, string>): Promise<Answer>
  /** The data of an operation that must succeed. */
  // oxlint-disable-next-line typescript/no-explicit-any
  data(query: string, variables?: object): Promise<any>
}

/** Starts a server. `settings` are environment variables; a database file may be shared by giving DATABASE_URL. */
export async function startServer(
  settings: Record<string, string> = {},
  options: AppOptions = {},
): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-'))
  const logs: Record<string, unknown>[] = []
  const environment = {
    DATABASE_URL: `file:${join(folder, 'test.db')}`,
    PORT: '0',
    SESSION_STORE_TIMEOUT: patience,
    SHUTDOWN_DELAY: '0',
    ALLOWED_HOSTS: '*', // tests write hosts of their own
    ...settings,
  }
  noteSettings(environment)
  const config = readConfig(environment)
  const noteLog = openNote('log')
  const log = createLog(
    { level: config.logLevel },
    {
      write: (line: string) => {
        noteLog(line)
        logs.push(JSON.parse(line))
      },
    },
  )
  const app = await openApp(config, log, options)
  noteKeptKey('.', config.databaseUrl)
  const server = await serve(servedBy(app), { ...config, log, onAnswered: app.onAnswered })
  const visitor = (cookie: string | null = null) =>
    createVisitor(`${server.url}/graphql`, config.cookie.name, cookie)
  return {
    url: server.url,
    app,
    folder,
    logs,
    visitor,
    async signedIn(username, { isStaff = false } = {}) {
      const hash = () => (hashed ??= app.passwords.hash(password))
      await createUser(app.db, { ...app.passwords, hash }, { username, password, isStaff })
      const someone = visitor()
      const { login } = await someone.data(loginDocument, { username, password })
      if (login.__typename !== 'LoginSuccess')
        throw new Error(`The login was refused: ${login.code}`)
      return someone
    },
    async stop() {
      await server.stop()
      await app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Makes an account and signs in; variables `username`, `password`. */
export const registerDocument =
  'mutation ($username: String!, $password: String!) { register(input: { username: $username, password: $password }) { __typename } }'

/** Signs in; variables `username`, `password`, `rememberMe`. */
export const loginDocument = /* GraphQL */ `
  mutation ($username: String!, $password: String!, $rememberMe: Boolean) {
    login(input: { username: $username, password: $password, rememberMe: $rememberMe }) {
      __typename
      ... on LoginSuccess {
        user {
          id
          username
        }
        session {
          id
          expiresAt
        }
      }
      ... on Error {
        code
        message
      }
    }
  }
`

/** A visitor of the server whose endpoint this is. */
export function createVisitor(endpoint: string, name: string, cookie: string | null): Visitor {
  return {
    cookie,
    async send(query, variables, headers = {}) {
      const response = await post(
        endpoint,
        {
          'content-type': 'application/json',
          ...(this.cookie !== null && { cookie: `${name}=${this.cookie}` }),
          ...headers,
        },
        JSON.stringify({ query, variables }),
      )
      const body = JSON.parse(response.body) as Pick<Answer, 'data' | 'errors'>
      const setCookie = response.headers.getSetCookie()
      for (const line of setCookie) {
        if (!line.startsWith(`${name}=`)) continue // one of the host's own
        const value = line.slice(line.indexOf('=') + 1, line.indexOf(';'))
        this.cookie = value === '' ? null : value
      }
      return { status: response.status, headers: response.headers, setCookie, ...body }
    },
    async data(query, variables) {
      const { data, errors } = await this.send(query, variables)
      if (errors) throw new Error(JSON.stringify(errors))
      return data
    },
  }
}
