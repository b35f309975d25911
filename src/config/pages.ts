import { fixedIn, namedIn, settingsIn } from './setting.ts'
import type { Fixed, NamedSetting, Setting } from './setting.ts'
import { groups } from './settings.ts'

/** The longest line of `.env.example`. */
const lineLength = 118

/** What `.env.example` says: every setting as a line to take the # away from, below why an operator may want to. */
export function envExample(): string {
  const head = comment(
    'Every setting, with its default and why you may want another. Copy this file to .env and take away the # where you change something. The environment wins over .env, which wins over the `settings` of a coatcheck.config file. Times are in seconds, save one. This file is written by `npm run print-settings`.',
  )
  const body = groups.flatMap(({ title, settings }) => [
    '',
    `# --- ${title} ---`,
    '',
    ...settingsIn(settings).flatMap((setting) => [
      ...comment(sentenceOf(setting)),
      `#${setting.variable}=${setting.default ?? ''}`,
    ]),
  ])
  return `${[...head, ...body].join('\n')}\n`
}

/** What docs/settings.md says, in Markdown whose tables are not lined up. */
export function settingsPage(): string {
  const tables = groups.flatMap(({ title, settings }) => [
    `## ${title}`,
    '',
    '| variable | in a program | default | what it does, and why you may want another |',
    '| --- | --- | --- | --- |',
    ...namedIn(settings).map(rowOf),
    '',
  ])
  const fixed = groups.flatMap(({ settings }) => fixedIn(settings))
  return [
    '# Settings',
    '',
    'Settings come from the environment, from a `.env` file, and from the `settings` of a `coatcheck.config.js`, `.mjs` or `.ts`. Both files are in the working directory. The environment wins over `.env`, and `.env` over `settings`. The server checks all of them at start, and names every fault at once. Times are in seconds, save one.',
    '',
    'The `settings` of such a file and of `createApp` take the names in the second column: `{ policy: { age: 600 } }` is `SESSION_COOKIE_AGE=600`, and `{ production: true }` is `NODE_ENV=production`. `createApp` itself reads `NODE_ENV` alone from the environment, and the others only through `readSettings` ([library.md](library.md#settings)).',
    '',
    'This page and [.env.example](../.env.example) are written by `npm run print-settings` from `src/config/`, which declares each setting once.',
    '',
    ...tables,
    '## What is no longer a setting',
    '',
    'No operator has needed to change these. A start that still sets one goes on and warns, and so does `coatcheck check`. A request past one of the limits reads the name of that limit in `extensions.limit`, as it does for a setting.',
    '',
    '| name | always | what it does |',
    '| --- | --- | --- |',
    ...fixed.map(rowOfFixed),
    '',
  ].join('\n')
}

function sentenceOf({ says, inProduction }: Setting<unknown>): string {
  return inProduction === undefined ? says : `${says} ${inProduction} in production.`
}

function rowOf({ path, setting }: NamedSetting): string {
  const { variable, default: usual, inProduction, says } = setting
  const defaults = [
    ...(usual ? [`\`${usual}\``] : []),
    ...(inProduction ? [`\`${inProduction}\` in production`] : []),
  ]
  const linked = says.replaceAll(/docs\/([a-z-]+\.md)/g, '[$1]($1)')
  return `| \`${variable}\` | \`${path}\` | ${defaults.join('; ')} | ${linked} |`
}

function rowOfFixed({ name, value, says }: Fixed): string {
  return `| \`${name}\` | \`${value}\` | ${says} |`
}

function comment(text: string): string[] {
  const lines: string[] = []
  let line = '#'
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > lineLength) {
      lines.push(line)
      line = '#'
    }
    line += ` ${word}`
  }
  return [...lines, line]
}
