import type { VNode } from 'preact'
import { currentUser } from '../auth/logins/caller.ts'
import { whyEnded } from '../auth/roster/why-ended.ts'
import type { SessionEndReason } from '../auth/roster/why-ended.ts'
import { InvalidCredentials, TooManyAttempts } from '../refusals.ts'
import { linkBack, linkTo } from './links.ts'
import { Field } from './parts.tsx'
import type { GoTo, Request, View, Visit } from './visit.ts'

/**
 * The sign-in: the login of the API, open to staff alone. A user who is not staff is refused with the sentence that a wrong
 * password gets, and pays for it in the throttle as much. A member of staff who is signed in already goes on to what they wanted.
 */
export async function signIn(request: Request): Promise<View | GoTo> {
  const { app, caller, params, form } = request
  const back = linkBack(
    params.get('next'),
    app.sections.map(({ name }) => name),
  )
  if (form === null) {
    const user = await currentUser(caller)
    if (user?.isStaff) return { to: back }
    const reason = user === null ? await whyEnded(caller.session, app.sessions) : null
    return page(request, { reason, other: user?.username ?? null })
  }
  const credentials = { username: form.get('username') ?? '', password: form.get('password') ?? '' }
  try {
    await app.logins.login(caller, { ...credentials, staffOnly: true })
    return { to: back }
  } catch (error) {
    if (error instanceof InvalidCredentials)
      return { ...page(request, { problem: error.message }), status: 403 }
    if (!(error instanceof TooManyAttempts)) throw error
    const seconds = error.retryAfter === 1 ? 'a second' : `${error.retryAfter} seconds`
    const wait = `Too many attempts. Try again in ${seconds}.`
    const headers = { 'Retry-After': String(error.retryAfter) }
    return { ...page(request, { problem: wait }), status: 429, headers }
  }
}

/** Ends the session of the visitor, and shows the sign-in. */
export async function signOut({ app, caller }: Visit): Promise<GoTo> {
  await app.logins.logout(caller)
  return { to: linkTo('sign-in') }
}

interface Situation {
  /** Why the visitor's session is over, where it is. */
  readonly reason?: SessionEndReason | null
  /** The user who is signed in and is not staff. */
  readonly other?: string | null
  /** What became of the last try. */
  readonly problem?: string
}

const reasons: Readonly<Record<SessionEndReason, string>> = {
  LOGOUT: 'You have signed out.',
  REPLACED: 'You have signed in anew in the meantime, in this browser.',
  REVOKED: 'Your session was ended from another device, or by a member of staff.',
  PASSWORD_CHANGED: 'Your password was changed, which ended your session.',
  USER_DEACTIVATED: 'Your account is no longer active.',
  EXPIRED: 'Your session has expired.',
}

function page({ params, form }: Request, { reason, other, problem }: Situation): View {
  const username = form?.get('username') ?? ''
  return {
    title: 'Staff sign-in',
    body: (
      <section class="panel narrow">
        {problem !== undefined && (
          <p class="fault" role="alert" id="problem">
            {problem}
          </p>
        )}
        {reason != null && (
          <p class="notice" role="status">
            {reasons[reason]}
          </p>
        )}
        {other != null && <NotStaff username={other} />}
        <form method="post" action={linkTo('sign-in', { next: params.get('next') })}>
          <Field
            name="username"
            label="Username"
            value={username}
            complete="username"
            required={true}
          />
          <Field
            name="password"
            label="Password"
            isSecret={true}
            complete="current-password"
            required={true}
            wrongBy={problem === undefined ? undefined : 'problem'}
          />
          <p class="actions">
            <button class="main">Sign in</button>
          </p>
        </form>
      </section>
    ),
  }
}

function NotStaff({ username }: { username: string }): VNode {
  return (
    <p class="notice" role="status">
      You are signed in as <bdi>{username}</bdi>, who is not staff. Signing in here as another user
      ends that session.
    </p>
  )
}
