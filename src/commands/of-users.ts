import type { Command } from 'commander'
import { jsonOption, limitOption, yesOption } from './arguments.ts'

/** Adds what lists, shows, changes, exports and deletes users. */
export function addUserCommands(program: Command): void {
  const users = program
    .command('users')
    .summary('list, show, change, export and delete users')
    .description('Lists, shows, changes, exports and deletes users.')

  users
    .command('list')
    .summary('the newest users, one a line')
    .description('Lists the newest users, one a line.')
    .option('--search <text>', 'in their usernames and e-mail addresses')
    .addOption(limitOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('./users.ts')).listUsers(options))

  users
    .command('show')
    .summary('one user, with their sessions')
    .description('Shows one user, with the sessions that they have open.')
    .argument('<username>', 'who')
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./users.ts')).showUser(name, options))

  for (const [word, isActive, summary, description] of [
    [
      'deactivate',
      false,
      "end a user's sessions and let them in no longer",
      "Ends a user's sessions and refuses their logins.",
    ],
    [
      'activate',
      true,
      'let a user sign in again',
      'Lets a user sign in again. No session that was ended comes back.',
    ],
  ] as const)
    users
      .command(word)
      .summary(summary)
      .description(description)
      .argument('<username>', 'who')
      .addOption(jsonOption())
      .action(async (name, options) =>
        (await import('./users.ts')).changeUserActive(name, isActive, options),
      )

  for (const [word, isStaff, summary, description] of [
    [
      'promote',
      true,
      'make a user staff',
      'Gives a user the rights of staff, from their next request on.',
    ],
    [
      'demote',
      false,
      'make a user staff no longer',
      'Takes the rights of staff from a user, from their next request on.',
    ],
  ] as const)
    users
      .command(word)
      .summary(summary)
      .description(description)
      .argument('<username>', 'who')
      .addOption(jsonOption())
      .action(async (name, options) =>
        (await import('./users.ts')).changeUserStaff(name, isStaff, options),
      )

  users
    .command('export')
    .summary('all that is stored of one user, as JSON')
    .description(
      'Prints all that is stored of one user as one JSON document, for a request under article 15 of the GDPR. It holds no secret: neither a session key nor the hash of a password.',
    )
    .argument('<username>', 'who')
    .action(async (name) => (await import('./user-data.ts')).exportUser(name))

  users
    .command('delete')
    .summary('end the sessions of a user and erase them')
    .description(
      'Ends the sessions of a user and erases the account. The audit keeps what happened and forgets whom it was about. This cannot be undone.',
    )
    .argument('<username>', 'who')
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('./user-data.ts')).deleteUser(name, options))
}
