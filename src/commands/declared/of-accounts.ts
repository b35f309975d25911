import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'

/** Adds what makes accounts, and sets a password. */
export function addAccountCommands(program: Command): void {
  program
    .command('create-superuser')
    .summary('make a staff user')
    .description(
      'Makes a staff user. The password is typed, or comes from SUPERUSER_PASSWORD or standard input.',
    )
    .option('--username <name>', 'asked for at the terminal when left out')
    .option('--email <address>', 'their e-mail address')
    .addOption(jsonOption())
    .action(async (options) => (await import('../create-superuser.ts')).createSuperuser(options))

  program
    .command('change-password')
    .summary("set a user's password and end their sessions")
    .description(
      "Sets a user's password, whatever it was, and ends their sessions. The password is typed, or comes from CHANGE_PASSWORD or standard input.",
    )
    .argument('<username>', 'whose')
    .addOption(jsonOption())
    .action(async (username, options) =>
      (await import('../change-password.ts')).changePasswordOf(username, options),
    )

  program
    .command('import-django')
    .summary('make the users of a Django site users here')
    .description(
      'Makes users of what "manage.py dumpdata auth.user" wrote. They keep their passwords. A dump may be imported again: who exists already stays as they are. The audit has each user that was made, and the model that they came from.',
    )
    .argument('<file>', 'the dump')
    .option('--model <app.name>', 'the model of the users, where it is not auth.user')
    .addOption(jsonOption())
    .action(async (file, options) =>
      (await import('../import-django.ts')).importDjango(file, options),
    )
}
