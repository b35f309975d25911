import type { VNode } from 'preact'
import type { SessionEndReason } from '../auth/roster/why-ended.ts'
import { cookieNotSent, noSignInHere } from '../session/cookie/unkept.ts'
import { linkTo } from './links.ts'
import { Field } from './parts.tsx'
import type { View } from './visit.ts'

/** Where the visitor stands, as far as the sign-in has something to say about it. */
export interface Situation {
  /** The query of the page that the sign-in leads to; null for the front page. */
  readonly next: string | null
  /** Why the visitor's session is over, where it is. */
  readonly reason?: SessionEndReason | null
  /** The user who is signed in and is not staff. */
  readonly other?: string | null
  /** Is this the answer to a form, of which nothing was done? */
  readonly isUndone?: boolean
  /** Does the browser keep no session cookie, as far as the server can tell? */
  readonly losesCookie?: boolean
  /** Has a sign-in led here, and the browser sent no cookie that opens it? */
  readonly hasNoCookie?: boolean
  /** What became of the last try to sign in. */
  readonly refusal?: RefusedSignIn
}

/** A try to sign in that came to nothing. */
export interface RefusedSignIn {
  readonly code: string
  readonly sentence: string
  /** The name that was tried. */
  readonly username: string
  /** Was the password looked at, and found wrong? */
  readonly isWrong: boolean
}

const reasons: Readonly<Record<SessionEndReason, string>> = {
  LOGOUT: 'You have signed out.',
  REPLACED: 'You have signed in anew in the meantime, in this browser.',
  REVOKED: 'Your session was ended from another device, or by a member of staff.',
  PASSWORD_CHANGED: 'Your password was changed, which ended your session.',
  USER_DEACTIVATED: 'Your account is no longer active.',
  EXPIRED: 'Your session has expired.',
}

/**
 * The page of the sign-in. The field to go on with has the focus, and is described by what went wrong, or by why the
 * visitor has to sign in: so a screen reader says it first, without JavaScript too.
 */
export function signInPage(situation: Situation): View {
  const { next, reason, other, refusal } = situation
  const { losesCookie = false } = situation
  const problem = problemOf(situation)
  const notice = reason != null ? 'reason' : other != null ? 'not-staff' : undefined
  const saidBy = problem === null ? notice : 'problem'
  return {
    title: 'Staff sign-in',
    isRefused: problem !== null,
    ...(refusal && { code: refusal.code }),
    body: (
      <section class="panel narrow">
        {losesCookie && <PlainHttp />}
        {problem !== null && (
          <p class="fault" role="alert" id="problem">
            {problem}
          </p>
        )}
        {reason != null && (
          <p class="notice" role="status" id="reason">
            {reasons[reason]}
          </p>
        )}
        {other != null && <NotStaff username={other} />}
        <form method="post" action={linkTo('sign-in', { next })}>
          <Field
            name="username"
            label="Username"
            value={refusal?.username ?? ''}
            complete="username"
            required={true}
            isFirst={!refusal}
            saidBy={refusal ? undefined : saidBy}
          />
          <Field
            name="password"
            label="Password"
            isSecret={true}
            complete="current-password"
            required={true}
            saidBy={refusal ? saidBy : undefined}
            isWrong={refusal?.isWrong ?? false}
          />
          <p class="actions">
            <button class="main">Sign in</button>
          </p>
        </form>
      </section>
    ),
  }
}

function problemOf({ refusal, isUndone, other, hasNoCookie, losesCookie }: Situation) {
  if (refusal) return refusal.sentence
  if (isUndone) return undone(other ?? null)
  if (!hasNoCookie) return null
  return losesCookie ? noSignInHere.outcome : cookieNotSent
}

/** What to do where browsers keep no Secure cookie: for staff, and for the operator. */
function PlainHttp(): VNode {
  return (
    <div class="notice" id="plain-http">
      <p>
        <strong>{noSignInHere.title}</strong> {noSignInHere.advice}
      </p>
      <p>
        If you run the server: put a proxy with TLS in front of it, and name it in{' '}
        <code>TRUST_PROXY</code>. On a network of your own, <code>SESSION_COOKIE_SECURE=false</code>{' '}
        lets the cookie go over HTTP, where any machine between can read it.
      </p>
    </div>
  )
}

function undone(other: string | null): string {
  return other === null
    ? 'Nothing was done: your session was over when you sent the form. Sign in to go back to its page, and send it again.'
    : 'Nothing was done: the form that you sent is for staff alone.'
}

function NotStaff({ username }: { username: string }): VNode {
  return (
    <p class="notice" role="status" id="not-staff">
      You are signed in as <bdi>{username}</bdi>, who is not staff. Signing in here as another user
      ends that session.
    </p>
  )
}
