import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { writeGuideEngine } from '../guide.ts'

describeSessionStore("the guide's", async () => (await import(writeGuideEngine())).createStore())
