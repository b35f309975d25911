import { describePromises } from '../promises.ts'
import { describeTwoProcesses } from '../two-processes.ts'

describePromises('signed cookies', () => ({ SESSION_ENGINE: 'signed-cookies' }), {
  lostUpdates: 'each tab sends the cookie that it has, and the last answer is the one that stays',
  replay: 'a guest may keep an old cookie and send it again until it expires',
})

const settings = () => ({ SESSION_ENGINE: 'signed-cookies' })
describeTwoProcesses('signed cookies', settings, { isInCookies: true })
