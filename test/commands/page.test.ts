import { readFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'
import { commandsPage } from '../../src/commands/page.ts'
import { createProgram } from '../../src/commands/program.ts'

/** Save what is hidden, and the help that every command has. */
function shownOf(command: ReturnType<typeof createProgram>) {
  const shown = command.createHelp().visibleCommands(command)
  return shown.filter((one) => one.name() !== 'help')
}

test('docs/commands.md is what the commands declare: run `npm run print-commands` when it is not', async () => {
  const filepath = 'docs/commands.md'
  const options = { ...(await resolveConfig(filepath)), filepath }
  expect(readFileSync(filepath, 'utf8')).toBe(await format(commandsPage(), options))
})

test('every command has a summary, a description, and words for each argument and option', () => {
  const bare: string[] = []
  const look = (command: ReturnType<typeof createProgram>) => {
    for (const one of shownOf(command)) {
      const words = [
        one.summary(),
        one.description(),
        ...one.options.map(({ description }) => description),
        ...one.registeredArguments.map(({ description }) => description),
      ]
      if (words.some((text) => text === '')) bare.push(one.name())
      look(one)
    }
  }
  look(createProgram(''))
  expect(bare).toEqual([])
})

test('every command but serve takes --json', () => {
  const silent: string[] = []
  const look = (command: ReturnType<typeof createProgram>) => {
    for (const one of shownOf(command)) {
      if (one.commands.length > 0) look(one)
      else if (!one.options.some(({ long }) => long === '--json')) silent.push(one.name())
    }
  }
  look(createProgram(''))
  // It prints a log.
  expect(silent).toEqual(['serve'])
})
