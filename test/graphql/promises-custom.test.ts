import { writeGuideEngine } from '../guide.ts'
import { describePromises } from '../promises.ts'

describePromises("the guide's engine, loaded by its path", () => ({
  SESSION_ENGINE: writeGuideEngine(),
}))
