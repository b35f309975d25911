// Writes docs/commands.md from the declaration of the commands. Usage: npm run print-commands
import { writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { commandsPage } from '../dist/commands/page.js'

const filepath = 'docs/commands.md'
writeFileSync(
  filepath,
  await format(commandsPage(), { ...(await resolveConfig(filepath)), filepath }),
)
