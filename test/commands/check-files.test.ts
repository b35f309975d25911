import { mkdtempSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { examineFiles } from '../../src/commands/check/check-files.ts'
import { readConfig } from '../../src/config/config.ts'

/** Linux keeps it in memory, of which check warns. */
let folder: string

beforeAll(() => {
  folder = mkdtempSync('/dev/shm/coatcheck-')
})

afterAll(() => rmSync(folder, { recursive: true }))

test.each([
  [{ SESSION_ENGINE: 'file' }, 1],
  [{ SESSION_ENGINE_PREVIOUS: 'file' }, 1],
  [{ SESSION_ENGINE: './file' }, 0],
  [{}, 0],
])(
  'check looks at SESSION_FILE_PATH only where the engine, or the previous one, is file: with %j',
  async (engines, expected) => {
    const config = readConfig({ ...engines, SESSION_FILE_PATH: folder })
    const about = (await examineFiles(config, false)).map((finding) => finding.about)
    expect(about.filter((one) => one === 'SESSION_FILE_PATH').length).toBe(expected)
  },
)
