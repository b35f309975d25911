import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '../../src/commands/log.ts'
import { createApp, readSettings } from '../../src/index.ts'
import type { Coat } from '../../src/index.ts'
import { patience } from '../harness.ts'
import { openNote } from '../witness/notes.ts'
import { noteKeptKey, noteSettings } from '../witness/settings.ts'

/** An application with a database of its own. */
export interface OpenCoat {
  readonly coat: Coat
  /** Every log line, parsed. */
  readonly logs: Record<string, unknown>[]
  /** Closes it, where a test has not done that, and takes its files away. */
  remove(): Promise<void>
}

/** Opens an application under `settings`, which are environment variables. */
export async function openCoat(settings: Record<string, string> = {}): Promise<OpenCoat> {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-host-'))
  const logs: Record<string, unknown>[] = []
  const environment = {
    DATABASE_URL: `file:${join(folder, 'test.db')}`,
    SESSION_STORE_TIMEOUT: patience,
    SHUTDOWN_DELAY: '0',
    ...settings,
  }
  noteSettings(environment)
  const noteLog = openNote('log')
  const write = (line: string) => {
    noteLog(line)
    logs.push(JSON.parse(line))
  }
  const log = createLog({ level: 'debug' }, { write })
  const coat = await createApp({ settings: readSettings(environment), log })
  noteKeptKey('.', environment.DATABASE_URL)
  return {
    coat,
    logs,
    async remove() {
      await coat.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
