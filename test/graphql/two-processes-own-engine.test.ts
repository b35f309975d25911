import { join } from 'node:path'
import { describeTwoProcesses } from '../two-processes.ts'

describeTwoProcesses('an engine of one’s own', (folder) => ({
  SESSION_ENGINE: join(import.meta.dirname, '../fixtures/own-engine.mjs'),
  OWN_ENGINE_FILE: join(folder, 'own.db'),
}))
