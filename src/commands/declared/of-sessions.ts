import { Option } from 'commander'
import type { Command } from 'commander'
import { afterOption, agoOf, jsonOption, limitOption, yesOption } from './arguments.ts'

/** Adds what lists, shows, ends and moves sessions. */
export function addSessionCommands(program: Command): void {
  const sessions = program
    .command('sessions')
    .summary('list, show, count, end and move sessions')
    .description('Lists, shows, counts, ends and moves sessions.')

  sessions
    .command('list')
    .summary('the newest sessions, one a line')
    .description(
      "Lists the newest sessions, one a line. Guests' sessions are among them where the engine keeps its records in the database.",
    )
    .addOption(
      new Option('--status <status>', 'which of them')
        .choices(['ACTIVE', 'ENDED', 'EXPIRED', 'ANY'])
        .default('ACTIVE'),
    )
    .option('--username <name>', "one user's only")
    .option('--signed-in', 'of signed-in users only')
    .addOption(new Option('--guests', 'of guests only').conflicts(['signedIn', 'username']))
    .option('--address <address>', 'from exactly this address only')
    .option('--browser <text>', 'whose user agent has this text in it, in any case')
    .option('--idle-for <time>', 'last seen longer ago than that, such as 90m, 12h or 7d', agoOf)
    .addOption(limitOption())
    .addOption(afterOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('../sessions.ts')).listSessions(options))

  sessions
    .command('show')
    .summary('one session with its data, as staff see it')
    .description('Shows one session with its data, as staff see it.')
    .argument('<id>', 'its public id, or the first 8 characters of it and more')
    .addOption(jsonOption())
    .action(async (id, options) => (await import('../sessions.ts')).showSession(id, options))

  sessions
    .command('stats')
    .summary('how many sessions there are of each kind')
    .description('Counts the sessions: active, signed in, guests, expired and not yet cleared.')
    .addOption(jsonOption())
    .action(async (options) => (await import('../session-stats.ts')).printStats(options))

  sessions
    .command('revoke')
    .summary("end one session, one user's, or all")
    .description(
      "Ends one session, one user's sessions, or all of them: for a leak, or after a restored backup, which brings back what had ended since.",
    )
    .argument('[id]', 'its public id, or the first 8 characters of it and more')
    .option('--username <name>', 'every session of this user')
    .option('--all', 'every session')
    .addOption(yesOption())
    .addOption(jsonOption())
    .action(async (id, options, command: Command) => {
      const named = [id, options.username, options.all].filter((one) => one !== undefined)
      if (named.length !== 1) command.error('error: give an id, --username or --all: one of them')
      const { revokeSession, revokeSessions } = await import('../revoke.ts')
      return id === undefined ? revokeSessions(options) : revokeSession(id, options)
    })

  sessions
    .command('migrate')
    .summary('move the live sessions to another engine')
    .description(
      'Moves the live sessions from one engine to another, while no server runs, or while every server has both (SESSION_ENGINE_PREVIOUS). A move that was cut off can be begun again. From an engine that cannot list its sessions, such as Memcached, it moves none, says how they move and for how long SESSION_ENGINE_PREVIOUS stays, and exits with 1.',
    )
    .option('--from <engine>', 'where they are; left out: SESSION_ENGINE_PREVIOUS')
    .option('--to <engine>', 'where they shall be; left out: SESSION_ENGINE')
    .addOption(jsonOption())
    .action(async (options) => (await import('../migrate-sessions.ts')).migrateSessions(options))
}
