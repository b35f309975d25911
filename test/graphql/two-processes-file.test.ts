import { join } from 'node:path'
import { describeTwoProcesses } from '../two-processes.ts'

describeTwoProcesses('the file engine', (folder) => ({
  SESSION_ENGINE: 'file',
  SESSION_FILE_PATH: join(folder, 'sessions'),
}))
