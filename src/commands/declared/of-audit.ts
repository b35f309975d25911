import type { Command } from 'commander'
import { afterOption, instantOf, jsonOption, limitOption } from './arguments.ts'

/** Adds what reads the audit. */
export function addAuditCommands(program: Command): void {
  const audit = program
    .command('audit')
    .summary('what has happened to accounts and sessions')
    .description('Reads the audit: who did what to whose session.')

  audit
    .command('list')
    .summary('the newest events, one a line')
    .description('Lists the newest events of the audit, one a line.')
    .option('--username <name>', 'what this user did, and what happened to them')
    .option('--type <type>', 'one type of event, such as LOGIN_FAILED')
    .option('--since <when>', 'from then on: a date, or how long ago, such as 12h or 7d', instantOf)
    .option('--until <when>', 'before then, likewise', instantOf)
    .addOption(limitOption())
    .addOption(afterOption())
    .addOption(jsonOption())
    .action(async (options) => (await import('../audit.ts')).listAudit(options))
}
