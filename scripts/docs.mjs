// Makes the API reference, docs/api, of the docstrings. Fails where an export has none, or a link leads nowhere.
// Usage: npm run docs
import { spawnSync } from 'node:child_process'
import { installIn } from './install-in.mjs'

// TypeDoc needs an older TypeScript than ours, so it has a folder of packages of its own.
installIn('scripts/docs')
const { status } = spawnSync(
  process.execPath,
  ['scripts/docs/node_modules/typedoc/bin/typedoc', '--options', 'scripts/docs/typedoc.json'],
  { stdio: 'inherit' },
)
process.exitCode = status ?? 1
