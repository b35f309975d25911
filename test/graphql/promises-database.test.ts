import { describePromises } from '../promises.ts'

describePromises('the database engine', () => ({ SESSION_ENGINE: 'database' }))
