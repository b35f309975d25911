#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from 'commander'
import { BackendUnusable } from './auth/backends.ts'
import { CommandError } from './commands/terminal.ts'
import { ConfigError } from './config.ts'
import { DatabaseUnusable } from './database/migrations.ts'
import { EngineUnusable } from './session/engines.ts'
import { Refusal } from './session/refusal.ts'

// Each command loads what it needs when it runs, so that --help does not wait for the server's libraries.
const program = new Command('coatcheck')
  .description(
    "Django's session framework for GraphQL. Settings come from the environment and .env.",
  )
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
  .command('clear-sessions')
  .description('remove what has expired; run it daily')
  .action(async () => (await import('./commands/clear-sessions.ts')).clearSessions())

const sessions = program.command('sessions').description('list, end and move sessions')
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
  .action(async (options) => (await import('./commands/sessions.ts')).listSessions(options))
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
  .description('end one session')
  .argument('<id>', 'its public id, or the first 8 characters of it and more')
  .action(async (id) => (await import('./commands/sessions.ts')).revokeSession(id))

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = 1
  process.stderr.write(`${sentence(error)}\n`)
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('From 1 to 9999.')
  return Number(text)
}

/** What a person can put right is one sentence; anything else is a fault, with its stack. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const kinds = [
    BackendUnusable,
    CommandError,
    ConfigError,
    DatabaseUnusable,
    EngineUnusable,
    Refusal,
  ]
  const isForPeople = kinds.some((kind) => error instanceof kind)
  const isFromSystem = 'code' in error && typeof error.code === 'string' && 'syscall' in error
  const isCancelled = error.name === 'ExitPromptError'
  return isForPeople || isFromSystem || isCancelled ? error.message : (error.stack ?? error.message)
}
