import type { VNode } from 'preact'
import type { User } from '../auth/users/user.ts'
import { linkTo } from './links.ts'

/** The ways to what changes a user, each of which asks once more. Staff cannot change their own rights. */
export function Access({ user, isOwn }: { user: User; isOwn: boolean }): VNode {
  const { id, isActive, isStaff } = user
  const way = (to: string, text: string, isDangerous = false) => (
    <a href={linkTo('change-user', { id, to })} class={isDangerous ? 'button danger' : 'button'}>
      {text}
    </a>
  )
  return (
    <section class="panel">
      <h2>Access</h2>
      {isOwn && <p>This is you. Another member of staff can change your rights.</p>}
      <p>
        {isStaff
          ? 'This user is staff: they may do all that these pages do.'
          : 'This user is not staff. Staff may do all that these pages do.'}
        {!isActive && ' The account is deactivated: they cannot sign in.'}
      </p>
      <p class="actions">
        {!isOwn &&
          (isStaff ? way('demote', 'Take staff rights…') : way('promote', 'Give staff rights…'))}
        {way('set-password', 'Set a password…')}
        {!isOwn &&
          (isActive ? way('deactivate', 'Deactivate…', true) : way('activate', 'Activate…'))}
      </p>
    </section>
  )
}
