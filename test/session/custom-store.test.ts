import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeSessionStore } from '../../src/testing/describe-session-store.ts'
import { writeGuideEngine } from '../guide.ts'

describeSessionStore("the guide's", async () => (await import(writeGuideEngine())).createStore())

test('coatcheck/testing is what an engine of your own imports', { tags: ['H22'] }, () => {
  const path = import.meta.resolve('coatcheck/testing')
  expect(path.endsWith(join('dist', 'testing', 'describe-session-store.js'))).toBe(true)
})
