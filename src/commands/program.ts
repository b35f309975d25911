import { Command, CommanderError } from 'commander'
import { addAccountCommands } from './declared/of-accounts.ts'
import { addAuditCommands } from './declared/of-audit.ts'
import { addServerCommands } from './declared/of-server.ts'
import { addSessionCommands } from './declared/of-sessions.ts'
import { addUserCommands } from './declared/of-users.ts'
import { print } from './terminal/terminal.ts'

/** What a command exits with, and what each number says. */
export const exitCodes: readonly (readonly [number, string])[] = [
  [0, 'It is done.'],
  [
    1,
    'It was refused, or it failed; a question was answered with no, or not at all (Ctrl-D); `check` found a fault; `status` found a part that is down.',
  ],
  [
    2,
    'The line that was typed is wrong: there is no such command, option or value, or it needs `--yes`.',
  ],
  [3, 'The settings cannot be used. Nothing was done.'],
  [4, 'The database, the session store or a backend cannot be used.'],
  [130, 'Ctrl-C, at a prompt or in the middle of work.'],
]

/**
 * Every command of this program, as a person types it. Each loads what it needs when it runs, so that --help does not wait
 * for the libraries of the server. What is wrong with a line is thrown as a `CommanderError`, once it is printed.
 */
export function createProgram(version: string): Command {
  const program = new Command('coatcheck')
    .description(
      "Django's session framework for GraphQL. Settings come from the environment, .env and coatcheck.config.",
    )
    // Before commander's own listener, which prints plain text.
    .on('option:version', () => {
      if (!process.argv.includes('--json')) return
      print(JSON.stringify({ version }, null, 2))
      throw new CommanderError(0, 'commander.version', version)
    })
    .version(version, '--version', 'print which release this is')
    .showHelpAfterError('(coatcheck --help shows what there is)')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
  addServerCommands(program)
  addAccountCommands(program)
  addSessionCommands(program)
  addUserCommands(program)
  addAuditCommands(program)
  return program
}
