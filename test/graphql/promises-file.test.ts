import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describePromises } from '../promises.ts'

describePromises('the file engine', () => ({
  SESSION_ENGINE: 'file',
  GRAPHQL_TIMEOUT: '60', // a disk that others use as well is slow
  SESSION_FILE_PATH: mkdtempSync(join(tmpdir(), 'coatcheck-files-')),
}))
