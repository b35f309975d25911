import { Option } from 'commander'
import type { Command } from 'commander'
import { afterOption, jsonOption, limitOption, yesOption } from './arguments.ts'

/** A command that changes one thing about a user. */
interface Change {
  readonly word: string
  /** Whether it asks before it takes the last active staff user away. */
  readonly asks?: true
  readonly summary: string
  readonly description: string
  change(commands: typeof import('../users.ts'), name: string, options: object): Promise<void>
}

const changes: readonly Change[] = [
  {
    word: 'deactivate',
    asks: true,
    summary: "end a user's sessions and let them in no longer",
    description:
      "Ends a user's sessions and refuses their logins. It asks first where that leaves no active staff user.",
    change: (commands, name, options) => commands.changeUserActive(name, false, options),
  },
  {
    word: 'activate',
    summary: 'let a user sign in again',
    description: 'Lets a user sign in again. No session that was ended comes back.',
    change: (commands, name, options) => commands.changeUserActive(name, true, options),
  },
  {
    word: 'promote',
    summary: 'make a user staff',
    description: 'Gives a user the rights of staff, from their next request on.',
    change: (commands, name, options) => commands.changeUserStaff(name, true, options),
  },
  {
    word: 'demote',
    asks: true,
    summary: 'make a user staff no longer',
    description:
      'Takes the rights of staff from a user, from their next request on. It asks first where that leaves no active staff user.',
    change: (commands, name, options) => commands.changeUserStaff(name, false, options),
  },
]

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
    .option('--search <text>', 'only those with this text in their username or e-mail address')
    .addOption(limitOption())
    .addOption(afterOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('../users.ts')).listUsers(options))

  users
    .command('show')
    .summary('one user, with their sessions')
    .description('Shows one user, with the sessions that they have open.')
    .argument('[username]', 'who')
    .option('--id <id>', 'their id, which the log has, in place of the name')
    .addOption(jsonOption())
    .action(async (name, options) => (await import('../users.ts')).showUser(name, options))

  for (const { word, asks, summary, description, change } of changes) {
    const command = users
      .command(word)
      .summary(summary)
      .description(description)
      .argument('<username>', 'who')
    if (asks) command.addOption(yesOption())
    command
      .addOption(jsonOption())
      .action(async (name, options) => change(await import('../users.ts'), name, options))
  }

  users
    .command('export')
    .summary('all that is stored of one user, as JSON')
    .description(
      'Prints all that is stored of one user as one JSON document, for a request under article 15 of the GDPR. It holds no secret: neither a session key nor the hash of a password.',
    )
    .argument('<username>', 'who')
    .addOption(new Option('--json', 'what it prints is one JSON document, with this and without'))
    .action(async (name) => (await import('../user-data.ts')).exportUser(name))

  users
    .command('delete')
    .summary('end the sessions of a user and erase them')
    .description(
      'Ends the sessions of a user and erases the account. The audit keeps what happened and forgets whom it was about. Where it is cut off, or the store does not answer, the user may not sign in any more, and the same command finishes it. This cannot be undone.',
    )
    .argument('<username>', 'who')
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(async (name, options) => (await import('../user-data.ts')).deleteUser(name, options))
}
