import type { Identity } from '../auth/logins/identity.ts'
import type { FetchWithSession } from '../host/fetch-with-session.ts'

/** What signing in takes of an application. */
export interface SignInDoor {
  vouch(user: { readonly username: string }, backend: string): Promise<Identity>
  readonly fetchWithSession: FetchWithSession
}

/** What a server may ask of the request that signs in. */
export interface SignInOptions {
  /** The host that the request names: one of ALLOWED_HOSTS, where these are limited. */
  readonly host?: string
}

/**
 * Signs a user in without a password, and resolves with the `Cookie` header of their browser: Django's `force_login`, for
 * tests. It is a login like any other: the session is new, and listeners are told. Rejects with `InvalidCredentials` where
 * there is no active user of that name, and with a sentence where the host is not allowed.
 */
export async function signIn(
  coat: SignInDoor,
  username: string,
  { host = 'localhost' }: SignInOptions = {},
): Promise<string> {
  const identity = await coat.vouch({ username }, 'testing')
  const answer = coat.fetchWithSession(
    async (_request, { login }) => {
      await login(identity)
      return new Response()
    },
    { csrf: false },
  )
  const response = await answer(new Request(`http://${host}/`))
  const cookie = response.headers.getSetCookie().at(-1)
  if (cookie === undefined) throw new Error(`signIn was refused: ${await response.text()}`)
  return cookie.slice(0, cookie.indexOf(';'))
}
