import { actedBy } from '../auth/logins/caller.ts'
import { InvalidInput, invalid, UsernameTaken } from '../refusals.ts'
import { linkTo, linkToTyped, typedIn } from './links.ts'
import { NewPassword } from './new-password.tsx'
import { Field } from './parts.tsx'
import type { GoTo, Page, View, Visit } from './visit.ts'

/** The form that makes a user. */
export const newUserPage: Page = { show, again, acts: { make } }

async function show({ params, form, faults }: Visit): Promise<View> {
  const text = (name: string) => (form ?? typedIn(params)).get(name) ?? ''
  return {
    title: 'Make a user',
    body: (
      <form method="post" action={linkTo('new-user')} class="panel narrow">
        <Field
          name="username"
          label="Username"
          value={text('username')}
          hint="It never changes. Up to 150 letters, digits and @ . + - _"
          required={true}
          faults={faults}
        />
        <Field
          name="email"
          label="E-mail address (optional)"
          value={text('email')}
          faults={faults}
        />
        <NewPassword label="Password" faults={faults} />
        <p>
          <label class="check">
            <input
              type="checkbox"
              name="staff"
              value="yes"
              checked={form?.get('staff') === 'yes'}
            />
            Staff: may do all that these pages do
          </label>
        </p>
        <p class="actions">
          <button name="do" value="make" class="main">
            Make the user
          </button>
          <a href={linkTo('users')}>Cancel</a>
        </p>
      </form>
    ),
  }
}

/**
 * The name alone: proxies log addresses, and an e-mail address or a password has no place there. Staff tick the box that gives
 * all rights themselves.
 */
function again(_params: URLSearchParams, form: URLSearchParams): string {
  return linkToTyped('new-user', { username: form.get('username') ?? '' })
}

async function make({ desk, caller }: Visit<'users'>, form: URLSearchParams): Promise<GoTo> {
  const email = (form.get('email') ?? '').trim()
  const account = {
    username: form.get('username') ?? '',
    password: form.get('password') ?? '',
    ...(email !== '' && { email }),
    isStaff: form.get('staff') === 'yes',
  }
  const isTaken = async () => (await desk.users.find({ username: account.username })) !== null
  try {
    const { id } = await desk.users.add(account, await actedBy(caller))
    return { to: linkTo('user', { id, done: 'user-made' }) }
  } catch (error) {
    if (error instanceof UsernameTaken) throw invalid('username', taken)
    // Where another field is wrong, the name is not looked at: say both at once.
    if (error instanceof InvalidInput && !isAbout(error, 'username') && (await isTaken()))
      throw new InvalidInput([...invalid('username', taken).fields, ...error.fields])
    throw error
  }
}

const taken = { message: new UsernameTaken().message, code: 'TAKEN' } as const

function isAbout({ fields }: InvalidInput, name: string): boolean {
  return fields.some(({ path }) => path.at(-1) === name)
}
