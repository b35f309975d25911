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
    ...rules.flatMap((text) => [text, '']),
    ...leaves.flatMap(({ command, name }) => sectionOf(command, name)),
  ].join('\n')
}

/** What holds for several commands, a paragraph each. */
const rules = [
  '## Questions',
  'Nothing brings back what `sessions revoke --all`, `sessions revoke --username` and `users delete` end: they ask a person at a terminal first. So do `users demote` and `users deactivate` where they would leave no active staff user. The question to end sessions says how many, and in which database.',
  'Where there is no terminal, as in a script, a pipe or cron, each of them needs `--yes`, and is refused without. A name that no user has exits with 1, with `--yes` and without: a command looks the user up before it asks.',
  'A command that leaves no active staff user says so on standard error.',
  '## Output',
  'Results go to standard output. Questions, progress and faults go to standard error. A person sees how far `clear-sessions`, `import-django`, `sessions migrate`, `sessions revoke --all` and `--username`, `users export` and `users delete` have come.',
  'Every command but `serve` takes `--json`, and then prints one JSON document: its result, or `{ "error": { "message", "exitCode" } }`. `coatcheck --version --json` prints `{ "version" }`.',
  'Tables fit a terminal of 40 columns or more, and a pipe gets every column whole. Their times are UTC, and end with Z. `NO_COLOR` and `FORCE_COLOR` are kept. A list that goes on says at a terminal with which `--after` it does. `--json` gives each entry its `cursor`, which the API takes too.',
  'In production the log of `serve` is a JSON object a line. What another command writes to the audit is logged in production too, where standard error is no terminal: on standard error, in the form and from the `LOG_LEVEL` of the server.',
]

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
