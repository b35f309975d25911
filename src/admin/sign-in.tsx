import { currentUser } from '../auth/logins/caller.ts'
import { whyEnded } from '../auth/roster/why-ended.ts'
import type { User } from '../auth/users/user.ts'
import { InvalidCredentials, TooManyAttempts } from '../refusals.ts'
import { keptQuery, linkBack, linkTo } from './links.ts'
import { counted } from '../numbers.ts'
import { signInPage } from './sign-in-page.tsx'
import type { GoTo, Page, PageRequest, View } from './visit.ts'

/** One for all who are refused: it tells no caller that the password was right. */
const wrongOrNotStaff = 'The username or the password is wrong, or the user is not staff.'

/**
 * The sign-in: the login of the API, open to staff alone. A user who is not staff gets the sentence of a wrong password, which
 * names both reasons, and the throttle counts both alike. The audit says which it was. A member of staff who is signed in already
 * goes on to the page that they wanted. A refused password is answered with 200, so that no browser calls it a failed request. A
 * sign-in leads here once more: the page tells a visitor whose browser has not kept the cookie.
 */
export async function signIn(
  request: PageRequest<'logins' | 'sessions' | 'sections'>,
): Promise<View | GoTo> {
  const { desk, caller, params, form, losesCookie } = request
  const next = params.get('next')
  const back = linkBack(
    next,
    desk.sections.map(({ name }) => name),
  )
  if (form === null) {
    const user = await currentUser(caller)
    if (user?.isStaff) return { to: back }
    const hasNoCookie = params.has('signed-in')
    return signInPage({ next, losesCookie, hasNoCookie, ...(await standing(request, user)) })
  }
  const [username, password] = [form.get('username') ?? '', form.get('password') ?? '']
  try {
    await desk.logins.login(caller, { username, password, staffOnly: true })
    const kept = back === linkTo('home') ? null : back.slice(1)
    return { to: linkTo('sign-in', { next: kept, 'signed-in': 'yes' }) }
  } catch (error) {
    if (error instanceof InvalidCredentials) {
      const { code } = error
      const refusal = { code, sentence: wrongOrNotStaff, username, isWrong: true }
      return signInPage({ next, losesCookie, refusal })
    }
    if (!(error instanceof TooManyAttempts)) throw error
    const sentence = `Too many attempts. Try again in ${counted(error.retryAfter, 'second')}.`
    const headers = { 'Retry-After': String(error.retryAfter) }
    const refusal = { code: error.code, sentence, username, isWrong: false }
    return { ...signInPage({ next, losesCookie, refusal }), status: 429, headers }
  }
}

/**
 * For a visitor who is not staff, and wants a page: the way to the sign-in, which leads back. A form is answered with the
 * sign-in itself, which says that nothing was done. No link can make it say so, because only our own pages send forms. The form
 * is not sent again: the sign-in leads to a page that shows what of it is no secret, where `page` has one. One form is carried
 * out all the same: that which signs the visitor out.
 */
export async function askToSignIn(
  request: PageRequest<'logins' | 'sessions'>,
  user: User | null,
  page: Page | undefined,
): Promise<View | GoTo> {
  const { params, form } = request
  const again = form && page?.again?.(params, form)
  const next = (again && keptQuery(new URLSearchParams(again))) || keptQuery(params)
  if (form === null) return { to: linkTo('sign-in', { next }) }
  const isSignOut = (params.get('page') ?? 'home') === 'home' && form.get('do') === 'sign-out'
  if (isSignOut) return signOut(request)
  const { losesCookie } = request
  return signInPage({ next, losesCookie, isUndone: true, ...(await standing(request, user)) })
}

/** Ends the session of the visitor, and shows the sign-in. */
export async function signOut({ desk, caller }: PageRequest<'logins'>): Promise<GoTo> {
  await desk.logins.logout(caller)
  return { to: linkTo('sign-in') }
}

/** Whose session the visitor has, or why it is over. */
async function standing({ desk, caller }: PageRequest<'sessions'>, user: User | null) {
  if (user !== null) return { other: user.username }
  return { reason: await whyEnded(caller.session, desk.sessions) }
}
