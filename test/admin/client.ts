import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { createUser } from '../../src/auth/users/new-user.ts'
import { password, startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'

/** What came back: a page, or the address of another. */
export interface PageAnswer {
  readonly status: number
  readonly headers: Headers
  readonly html: string
  /** Where it leads to: a query; null where it is a page. */
  readonly to: string | null
}

/** A browser's worth of client for the staff's pages, without JavaScript and without forms of its own. */
export interface PageClient {
  /** The Cookie header that it sends; null for none. */
  cookie: string | null
  /** `query` begins with a question mark. */
  get(query?: string, headers?: Record<string, string>): Promise<PageAnswer>
  /** Gets a page as a browser does that follows a link of another site. */
  follow(query: string): Promise<PageAnswer>
  post(
    query: string,
    fields: Record<string, string> | [string, string][],
    headers?: Record<string, string>,
  ): Promise<PageAnswer>
  /** Posts a form, and goes where that leads. */
  see(query: string, fields: Record<string, string> | [string, string][]): Promise<PageAnswer>
}

/** A client of the pages at `address`, such as http://127.0.0.1:4000/admin. */
export function pageClient(address: string): PageClient {
  const ask = async (client: PageClient, query: string, init: RequestInit) => {
    const response = await fetch(`${address}${query}`, {
      ...init,
      redirect: 'manual',
      headers: { ...(client.cookie !== null && { cookie: client.cookie }), ...init.headers },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      client.cookie = pair.endsWith('=') ? null : pair
    }
    const { status, headers } = response
    return { status, headers, html: await response.text(), to: headers.get('location') }
  }
  return {
    cookie: null,
    get(query = '', headers = {}) {
      return ask(this, query, { headers })
    },
    follow(query) {
      return follow(`${address}${query}`, this.cookie)
    },
    post(query, fields, headers = {}) {
      return ask(this, query, { method: 'POST', headers, body: new URLSearchParams(fields) })
    },
    async see(query, fields) {
      const answer = await this.post(query, fields)
      return answer.to === null ? answer : this.get(answer.to)
    },
  }
}

const linked = {
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

/** Not by `fetch`, which writes the mode itself. */
async function follow(address: string, cookie: string | null): Promise<PageAnswer> {
  const asked = get(address, { headers: { ...linked, ...(cookie !== null && { cookie }) } })
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value))
  const to = headers.get('location')
  return { status: answer.statusCode ?? 0, headers, html: await text(answer), to }
}

/** A server with `chief`, who is staff, and `ada`, who is not. */
export async function startAdmin(...how: Parameters<typeof startServer>): Promise<TestServer> {
  const server = await startServer(...how)
  const { db, passwords } = server.app
  await createUser(db, passwords, { username: 'chief', password, isStaff: true })
  await createUser(db, passwords, { username: 'ada', password, isStaff: false })
  return server
}

/** A client of the pages of `server` that a member of staff, who exists, has signed in with. */
export async function signedInStaff(server: TestServer, username = 'chief'): Promise<PageClient> {
  const client = pageClient(`${server.url}/admin`)
  const { status } = await client.post('?page=sign-in', { username, password })
  if (status !== 303) throw new Error(`The sign-in was refused: ${status}`)
  return client
}

/** Signs in by the form at `query`, and gives where the browser that has kept the cookie is led. */
export async function signInAt(
  client: PageClient,
  query: string,
  username = 'chief',
): Promise<string | null> {
  const { to } = await client.post(query, { username, password })
  return to === null ? null : (await client.get(to)).to
}

/** Is it the sign-in, and nothing that staff alone see? */
export function isSignIn({ status, html }: PageAnswer): boolean {
  const [, heading] = /<h1>(.*?)<\/h1>/.exec(html) ?? []
  return (
    [200, 429].includes(status) &&
    heading === 'Staff sign-in' &&
    !html.includes('aria-label="Sections"')
  )
}

/** What a reader sees of a page: its text, without marks and with its white space as one. */
export function textOf(html: string): string {
  return html
    .replace(/^.*<body>/s, '')
    .replaceAll('<wbr/>', '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
}
