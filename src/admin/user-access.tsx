import type { VNode } from 'preact'
import type { User } from '../auth/users/user.ts'
import type { InvalidField } from '../refusals.ts'
import { linkTo } from './links.ts'
import { Field, Irreversible } from './parts.tsx'

/** The forms that change what a user may do. Staff cannot change their own rights. */
export function Access({ user, isOwn }: { user: User; isOwn: boolean }): VNode {
  const { id, isActive, isStaff } = user
  return (
    <section class="panel">
      <h2>Access</h2>
      {isOwn && <p>This is you. Another member of staff can change your rights.</p>}
      {!isOwn && (
        <form method="post" action={linkTo('user', { id })}>
          <p>
            {isStaff
              ? 'This user is staff: they may do all that these pages do.'
              : 'This user is not staff. Staff may do all that these pages do.'}
          </p>
          <p class="actions spaced">
            {isStaff ? (
              <button name="do" value="demote">
                Make staff no longer
              </button>
            ) : (
              <button name="do" value="promote">
                Make staff
              </button>
            )}
          </p>
          {isActive ? (
            <Irreversible>
              Deactivating ends all sessions of this user. Activating later brings none of them
              back.
            </Irreversible>
          ) : (
            <p>This user is deactivated, and cannot sign in.</p>
          )}
          <p class="actions">
            {isActive ? (
              <button name="do" value="deactivate" class="danger">
                Deactivate
              </button>
            ) : (
              <button name="do" value="activate">
                Activate
              </button>
            )}
          </p>
        </form>
      )}
    </section>
  )
}

/** The form that sets a password. */
export function Password({ user, faults }: { user: User; faults: readonly InvalidField[] }): VNode {
  return (
    <section class="panel">
      <h2>Password</h2>
      <form method="post" action={linkTo('user', { id: user.id })}>
        <Field
          name="password"
          label="New password"
          isSecret={true}
          complete="new-password"
          required={true}
          faults={faults}
        />
        <Irreversible>
          The old password no longer works, and all sessions of this user end.
        </Irreversible>
        <p class="actions">
          <button name="do" value="set-password" class="danger">
            Set the password
          </button>
        </p>
      </form>
    </section>
  )
}
