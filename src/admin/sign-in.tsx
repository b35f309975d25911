import { currentUser } from '../auth/logins/caller.ts'
import { whyEnded } from '../auth/roster/why-ended.ts'
import type { User } from '../auth/users/user.ts'
import { InvalidCredentials, TooManyAttempts } from '../refusals.ts'
import { keptQuery, linkBack, linkTo } from './links.ts'
import { signInPage } from './sign-in-page.tsx'
import type { GoTo, Request, View } from './visit.ts'

/**
 * The sign-in: the login of the API, open to staff alone. A user who is not staff is refused with the sentence that a wrong
 * password gets, and pays for it in the throttle as much. A member of staff who is signed in already goes on to what they
 * wanted. What is refused is a page like any other, so that no browser calls it a failed request.
 */
export async function signIn(request: Request): Promise<View | GoTo> {
  const { app, caller, params, form } = request
  const next = params.get('next')
  const back = linkBack(
    next,
    app.sections.map(({ name }) => name),
  )
  if (form === null) {
    const user = await currentUser(caller)
    return user?.isStaff ? { to: back } : signInPage({ next, ...(await standing(request, user)) })
  }
  const [username, password] = [form.get('username') ?? '', form.get('password') ?? '']
  try {
    await app.logins.login(caller, { username, password, staffOnly: true })
    return { to: back }
  } catch (error) {
    if (error instanceof InvalidCredentials) {
      const { message: sentence } = error
      return signInPage({ next, refusal: { sentence, username, isWrong: true } })
    }
    if (!(error instanceof TooManyAttempts)) throw error
    const seconds = error.retryAfter === 1 ? 'a second' : `${error.retryAfter} seconds`
    const sentence = `Too many attempts. Try again in ${seconds}.`
    const headers = { 'Retry-After': String(error.retryAfter) }
    return { ...signInPage({ next, refusal: { sentence, username, isWrong: false } }), headers }
  }
}

/**
 * For a visitor who is not staff, and wants a page: the way to the sign-in, which leads back. A form is answered with the
 * sign-in itself, which says that nothing was done: it takes one of our own pages to send a form, so no link makes a page
 * say so. What was in the form is not kept, and is not sent again. A form that signs the visitor out does.
 */
export async function askToSignIn(request: Request, user: User | null): Promise<View | GoTo> {
  const { params, form } = request
  const next = keptQuery(params)
  if (form === null) return { to: linkTo('sign-in', { next }) }
  const isSignOut = (params.get('page') ?? 'home') === 'home' && form.get('do') === 'sign-out'
  if (isSignOut) return signOut(request)
  return signInPage({ next, isUndone: true, ...(await standing(request, user)) })
}

/** Ends the session of the visitor, and shows the sign-in. */
export async function signOut({ app, caller }: Request): Promise<GoTo> {
  await app.logins.logout(caller)
  return { to: linkTo('sign-in') }
}

/** Whose session the visitor has, or why it is over. */
async function standing({ app, caller }: Request, user: User | null) {
  if (user !== null) return { other: user.username }
  return { reason: await whyEnded(caller.session, app.sessions) }
}
