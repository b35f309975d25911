import type { Command, Option } from 'commander'
import { createProgram, exitCodes } from './program.ts'

/** What docs/commands.md says, in Markdown whose tables are not lined up. */
export function commandsPage(): string {
  const leaves = leavesOf(createProgram('')).map((command) => ({ command, name: nameOf(command) }))
  return [
    '# Commands',
    '',
    'Where the package is installed, a command is `npx coatcheck <command>`. In a checkout, after `npm run build`, it is `npm run --silent coatcheck -- <command>`, or `node /path/to/dist/main.js <command>` from any directory. Settings come from the environment, from `.env` and from `coatcheck.config.js`, `.mjs` or `.ts` in the working directory ([settings.md](settings.md)); paths in them count from there.',
    '',
    'A person at a terminal is asked before `sessions revoke --username` or `--all` and before `users delete`, because nothing brings back what they end, and before `users demote` and `users deactivate` where they would leave no active staff user. The question to end sessions says how many, and in which database. Where there is no terminal, as in a script, a pipe or cron, each of them needs `--yes`, and is refused without. What is to be ended or changed is looked up first: a name that no user has exits with 1, with `--yes` and without. A command that leaves no active staff user says so on standard error too. Times in tables are UTC, and end with Z. A person sees how far `clear-sessions`, `import-django`, `sessions migrate`, `sessions revoke --all` and `--username`, `users export` and `users delete` have come. Results go to standard output, and questions, progress and faults to standard error. In production, where standard error is no terminal, what a command writes to the audit is logged there too, in the form and from the `LOG_LEVEL` of the server. Every command but `serve` takes `--json`, and prints one JSON document then: its result, or `{ "error": { "message", "exitCode" } }`. `coatcheck --version --json` prints `{ "version" }`. In production the log of `serve` is a JSON object a line. Tables fit a terminal of 40 columns or more, and a pipe gets all of them. A list that goes on says at a terminal with which `--after`, and `--json` gives each entry its `cursor`, which the API takes too. `NO_COLOR` and `FORCE_COLOR` are kept.',
    '',
    'This page is written by `npm run print-commands` from `src/commands/`.',
    '',
    '| command | what it does |',
    '| --- | --- |',
    ...leaves.map(
      ({ command, name }) => `| [\`${name}\`](#${anchorOf(name)}) | ${command.summary()} |`,
    ),
    '',
    '## Exit codes',
    '',
    '| code | what it says |',
    '| --- | --- |',
    ...exitCodes.map(([code, says]) => `| ${code} | ${says} |`),
    '',
    ...leaves.flatMap(({ command, name }) => sectionOf(command, name)),
  ].join('\n')
}

/** Those that do something, save what is hidden and the help that every command has. */
function leavesOf(command: Command): readonly Command[] {
  const shown = command.createHelp().visibleCommands(command)
  return shown
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => (one.commands.length > 0 ? leavesOf(one) : [one]))
}

/** The words that are typed for it, without that of the program. */
function nameOf(command: Command): string {
  const { parent } = command
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name()
}

function anchorOf(name: string): string {
  return name.replaceAll(' ', '-')
}

function sectionOf(command: Command, name: string): string[] {
  const given = command.registeredArguments.map((one) =>
    one.required ? `<${one.name()}>` : `[${one.name()}]`,
  )
  const rows = [
    ...command.registeredArguments.map((one, at) => [given[at] ?? '', one.description]),
    ...command.options.map((option) => [option.flags, wordsOf(option)]),
  ]
  return [
    `## ${name}`,
    '',
    `\`coatcheck ${[name, ...given].join(' ')}\``,
    '',
    marked(command.description()),
    '',
    ...(rows.length === 0
      ? []
      : [
          '| | |',
          '| --- | --- |',
          ...rows.map(([flags, says]) => `| \`${flags}\` | ${marked(says ?? '')} |`),
          '',
        ]),
  ]
}

function wordsOf({ description, mandatory, defaultValue, argChoices }: Option): string {
  const choices = argChoices ? `: ${argChoices.map((one) => `\`${one}\``).join(', ')}` : ''
  const usual =
    defaultValue === undefined ? '' : ` (\`${String(defaultValue)}\` where it is left out)`
  return `${description}${choices}${usual}${mandatory ? '; needed' : ''}`
}

/** Variables and files are code; so is what is quoted. */
function marked(text: string): string {
  return text
    .replaceAll(/"([^"]+)"/g, '`$1`')
    .replaceAll(
      /(?<![`\w])(\.env|--[a-z-]+|[A-Z]+(?:_[A-Z]+)+(?:=\w+)?|coatcheck\.config)(?!\w)/g,
      '`$1`',
    )
}
