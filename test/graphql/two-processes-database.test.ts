import { describeTwoProcesses } from '../two-processes.ts'

describeTwoProcesses('the database engine', () => ({ SESSION_ENGINE: 'database' }))

describeTwoProcesses('the database engine', () => ({ SESSION_ENGINE: 'database' }), {
  areWorkers: true,
})
