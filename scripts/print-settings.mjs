// Writes .env.example and docs/settings.md from the declaration of the settings. Usage: npm run print-settings
import { writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { envExample, settingsPage } from '../dist/config/pages.js'

writeFileSync('.env.example', envExample())
const filepath = 'docs/settings.md'
writeFileSync(
  filepath,
  await format(settingsPage(), { ...(await resolveConfig(filepath)), filepath }),
)
