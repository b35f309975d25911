import { Option } from 'commander'
import type { Command } from 'commander'
import { jsonOption } from './arguments.ts'

/** Adds what runs the server, and what shows how it is set up and how it is. */
export function addServerCommands(program: Command): void {
  program
    .command('serve')
    .summary('run the server')
    .description(
      'Runs the server. SIGTERM, SIGINT or SIGHUP lets it finish what is under way; a second one ends it at once.',
    )
    .action(async () => (await import('../serve/serve.ts')).serveUntilSignal())

  program
    .command('worker', { hidden: true })
    .description('One of the processes of serve, which starts it where WORKERS is set.')
    .action(async () => (await import('../serve/worker.ts')).serveAsWorker())

  program
    .command('migrate')
    .summary('bring the database up to date')
    .description(
      'Brings the database up to date, and names what it applied. With SQLite the server does it by itself when it starts.',
    )
    .addOption(jsonOption())
    .action(async (options) => (await import('../migrate.ts')).migrate(options))

  program
    .command('check')
    .summary('what in these settings is wrong for production')
    .description(
      'Judges every setting, the files it names, the database, the session store and the backends. It says what is at stake and what to set, and changes nothing. With NODE_ENV=production it judges as for production.',
    )
    .option('--deploy', 'judge as for production, whatever NODE_ENV says')
    .addOption(
      new Option('--fail-level <level>', 'exit with 1 from this level on')
        .choices(['ERROR', 'WARNING', 'INFO'])
        .default('ERROR'),
    )
    .addOption(jsonOption())
    .action(async (options) => (await import('../check/check.ts')).check(options))

  program
    .command('config')
    .summary('every setting in force, and where it comes from')
    .description(
      'Prints every setting in force, and where its value comes from: the environment, .env, a coatcheck.config file, or the default. No secret is printed, nor the password in a URL.',
    )
    .option('--given', 'leave out what has its default')
    .addOption(jsonOption())
    .action(async (options) => (await import('../config.ts')).printConfig(options))

  program
    .command('secret')
    .summary('print a new SECRET_KEY, as a line for .env')
    .description('Prints a new SECRET_KEY of 48 random bytes, as a line for .env. Stores nothing.')
    .addOption(jsonOption())
    .action(async (options) => (await import('../secret.ts')).printSecret(options))

  program
    .command('status')
    .summary('is it up, and what is going on')
    .description(
      'Asks the server, the database and the session store whether they answer, and counts the sessions and what the audit has of the last day, up to 5,000 events of a type. Exits with 1 where one of the three does not answer.',
    )
    .addOption(jsonOption())
    .action(async (options) =>
      (await import('../status.ts')).printStatus(options, program.version() ?? ''),
    )

  program
    .command('clear-sessions')
    .summary('remove what has expired')
    .description(
      'Removes expired sessions, old audit events and counted attempts at once, in batches that keep no visitor waiting. A server does it by itself, an hour after they expired.',
    )
    .addOption(jsonOption())
    .action(async (options) => (await import('../clear-sessions.ts')).clearSessions(options))
}
