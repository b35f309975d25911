#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import { spareMemory } from './commands/memory.ts'
import { CommandError, outliveReaders } from './commands/terminal.ts'

/** Of the package: its manifest lies above src, and above dist. */
const { version } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
) as { version: string }

// Each command loads what it needs when it runs, so that --help does not wait for the server's libraries.
const program = new Command('coatcheck')
  .description(
    "Django's session framework for GraphQL. Settings come from the environment, .env and coatcheck.config.",
  )
  .version(version, '--version')
  .showHelpAfterError('(coatcheck --help shows what there is)')
  .configureHelp({ showGlobalOptions: true })

program
  .command('serve')
  .description('run the server')
  .action(async () => (await import('./commands/serve.ts')).serveUntilSignal())

program
  .command('migrate')
  .description('bring the database up to date')
  .action(async () => (await import('./commands/migrate.ts')).migrate())

program
  .command('create-superuser')
  .description('make a staff user')
  .option('--username <name>', 'asked for at the terminal when left out')
  .option('--email <address>')
  .addHelpText(
    'after',
    '\nThe password is typed, or comes from SUPERUSER_PASSWORD or standard input.',
  )
  .action(async (options) =>
    (await import('./commands/create-superuser.ts')).createSuperuser(options),
  )

program
  .command('change-password')
  .description("set a user's password and end their sessions")
  .argument('<username>')
  .addHelpText('after', '\nThe password is typed, or comes from CHANGE_PASSWORD or standard input.')
  .action(async (username) =>
    (await import('./commands/change-password.ts')).changePasswordOf(username),
  )

program
  .command('import-django')
  .description('make the users of a Django site users here; they keep their passwords')
  .argument('<file>', 'what "manage.py dumpdata auth.user" wrote')
  .option('--model <app.name>', 'the model of the users, where it is not auth.user')
  .action(async (file, options) =>
    (await import('./commands/import-django.ts')).importDjango(file, options),
  )

program
  .command('clear-sessions')
  .description('remove what has expired; run it daily')
  .action(async () => (await import('./commands/clear-sessions.ts')).clearSessions())

const sessions = program.command('sessions').description('list, show, end and move sessions')
sessions
  .command('list')
  .description('the newest sessions, one a line')
  .addOption(
    new Option('--status <status>')
      .choices(['ACTIVE', 'ENDED', 'EXPIRED', 'ANY'])
      .default('ACTIVE'),
  )
  .option('--username <name>', "one user's only")
  .option('--limit <number>', 'how many at most', wholeNumber, 50)
  .option('--json', 'as one JSON document')
  .action(async (options) => (await import('./commands/sessions.ts')).listSessions(options))
sessions
  .command('show')
  .description('one session with its data, as staff see it')
  .argument('<id>', 'its public id, or the first 8 characters of it and more')
  .option('--json', 'as one JSON document')
  .action(async (id, options) => (await import('./commands/sessions.ts')).showSession(id, options))
sessions
  .command('migrate')
  .description('move the live sessions to another engine, while no server runs')
  .requiredOption('--from <engine>', 'where they are')
  .requiredOption('--to <engine>', 'where they shall be')
  .action(async (options) =>
    (await import('./commands/migrate-sessions.ts')).migrateSessions(options),
  )
sessions
  .command('revoke')
  .description("end one session, one user's, or all")
  .argument('[id]', 'its public id, or the first 8 characters of it and more')
  .option('--username <name>', 'every session of this user')
  .option('--all', 'every session: for a restored backup, or a leak')
  .option('--yes', 'without asking')
  .option('--json', 'as one JSON document')
  .action(async (id, options) => {
    const { revokeSession, revokeSessions } = await import('./commands/sessions.ts')
    const named = [id, options.username, options.all].filter((one) => one !== undefined)
    if (named.length !== 1) throw new CommandError('Give an id, --username or --all: one of them.')
    return id === undefined ? revokeSessions(options) : revokeSession(id, options)
  })

const users = program
  .command('users')
  .description('list users, let them in or no longer, and make them staff')
users
  .command('list')
  .description('the newest users, one a line')
  .option('--search <text>', 'in their usernames and e-mail addresses')
  .option('--limit <number>', 'how many at most', wholeNumber, 50)
  .option('--json', 'as one JSON document')
  .action(async (options) => (await import('./commands/users.ts')).listUsers(options))
users
  .command('deactivate')
  .description('end the sessions of a user, who may not sign in again')
  .argument('<username>')
  .option('--json', 'as one JSON document')
  .action(async (name, options) =>
    (await import('./commands/users.ts')).changeUserActive(name, false, options),
  )
users
  .command('promote')
  .description('make a user staff')
  .argument('<username>')
  .option('--json', 'as one JSON document')
  .action(async (name, options) =>
    (await import('./commands/users.ts')).changeUserStaff(name, true, options),
  )
users
  .command('demote')
  .description('make a user staff no longer')
  .argument('<username>')
  .option('--json', 'as one JSON document')
  .action(async (name, options) =>
    (await import('./commands/users.ts')).changeUserStaff(name, false, options),
  )
users
  .command('activate')
  .description('let a user sign in again')
  .argument('<username>')
  .option('--json', 'as one JSON document')
  .action(async (name, options) =>
    (await import('./commands/users.ts')).changeUserActive(name, true, options),
  )

spareMemory()
outliveReaders()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = 1
  const { sentenceOf } = await import('./commands/sentence.ts')
  process.stderr.write(`${sentenceOf(error)}\n`)
  // A module of the operator's may have opened what only it could close: a command that failed ends all the same.
  setTimeout(() => process.exit(), 2000).unref()
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('From 1 to 9999.')
  return Number(text)
}
