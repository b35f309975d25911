// Lets Node run TypeScript as it is: `node --import ./scripts/typescript.mjs test/chaos/main.ts`. Types are taken away, not checked.
import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
