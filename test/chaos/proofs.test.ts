import { describe, expect, test } from 'vitest'
import { initialPassword } from './check-passwords.ts'
import type { Operation } from './history.ts'
import { lines, rulesOf, tell } from './told.ts'

const ask = { user: 'ada', session: 'user' } as const
const interrupted = { outcome: 'refused', detail: 'SESSION_INTERRUPTED: …' } as const

describe('the checker of what answers prove', () => {
  test.each([
    ['ends all others', { kind: 'revoke others', ...ask }],
    ['changes its password', { kind: 'change password', ...ask, landed: 'next', password: 'new' }],
    ['changes its age', { kind: 'expire', session: 'user', age: 5000 }],
    ['ends another one', { kind: 'revoke', session: 'user', target: 'other' }],
    ['is written to', { kind: 'write', session: 'user' }],
  ] as const)('a session that %s after its end is found', (_what, operation) => {
    const story = tell()
    story.login('user', 'ada')
    story.login('other', 'ada')
    story.add(operation)
    expect(rulesOf(story)).toEqual([])
    story.operations.pop()
    story.add({ kind: 'logout', session: 'user', landed: null })
    story.add(operation)
    expect(rulesOf(story)).toEqual(['ended means ended'])
  })

  test.each([
    ['a revocation that finds no such session', { target: 'user', detail: 'NOT_FOUND: …' }],
    [
      'a command that finds no such session',
      { kind: 'revoke at the shell', target: 'user', detail: 'There is no session user.' },
    ],
    [
      'an answer that the caller is not signed in',
      { session: 'user', detail: 'UNAUTHENTICATED: …' },
    ],
    ['a write that was interrupted by its end', { kind: 'write', session: 'user', ...interrupted }],
  ] as const)('%s is found where the session lives, and is true after its end', (_what, told) => {
    const operation = { kind: 'revoke', outcome: 'refused', ...told } as const
    const story = tell()
    story.login('user', 'ada')
    story.add(operation)
    story.read('user', { user: 'ada' })
    expect(rulesOf(story)).toEqual(['ended means ended', 'no session is lost'])
    const over = tell()
    over.login('user', 'ada')
    over.add({ kind: 'logout', session: 'user', landed: null })
    over.add(operation)
    expect(rulesOf(over)).toEqual([])
  })

  test('a user who is told that a session of another does not exist, and a guest who is not signed in, break no rule', () => {
    const story = tell()
    const write = story.write(null, { landed: 'guest' })
    story.login('user', 'ada')
    const refused = { outcome: 'refused' } as const
    story.add({ kind: 'revoke', session: 'user', target: 'guest', ...refused, detail: 'NOT_FOUND' })
    story.add({ kind: 'revoke others', session: 'guest', ...refused, detail: 'UNAUTHENTICATED' })
    story.read('guest', { lines: lines(write) })
    expect(rulesOf(story)).toEqual([])
  })

  test('a write whose own answer lacks it is found', () => {
    const story = tell()
    story.login('user', 'ada')
    const write = story.write('user', { sight: { id: 'user', lines: [] } })
    expect(rulesOf(story)).toEqual(['no update is lost'])
    Object.assign(write, { sight: { id: 'user', lines: lines(write) } })
    expect(rulesOf(story)).toEqual([])
  })

  describe('of users', () => {
    const off = (more: Partial<Operation> = {}) => {
      const story = tell()
      story.login('user', 'ada')
      story.add({ kind: 'deactivate', user: 'ada', ...more })
      return story
    }

    test('a user who signs in while they are deactivated is found, and one who is active again is not', () => {
      const story = off()
      story.login('late', 'ada')
      expect(rulesOf(story)).toEqual(['who is deactivated stays out'])
      const again = off()
      again.add({ kind: 'activate', user: 'ada' })
      again.login('late', 'ada')
      expect(rulesOf(again)).toEqual([])
    })

    test('a user may sign in after a deactivation that was not answered, or that an activation may have undone', () => {
      const unanswered = { outcome: 'unknown', answered: null } as const
      const story = off(unanswered)
      story.login('late', 'ada')
      expect(rulesOf(story)).toEqual([])
      const undone = off()
      undone.add({ kind: 'activate', user: 'ada', ...unanswered })
      undone.login('late', 'ada')
      expect(rulesOf(undone)).toEqual([])
    })

    test('a change of password that was answered as failed, and whose password opens the account, is found once', () => {
      const story = tell()
      story.login('user', 'ada')
      story.add({ kind: 'change password', ...ask, password: 'new', outcome: 'refused' })
      story.login('old', 'ada', { password: initialPassword })
      expect(rulesOf(story)).toEqual([])
      story.login('one', 'ada', { password: 'new' })
      story.login('two', 'ada', { password: 'new' })
      expect(rulesOf(story)).toEqual(['what is refused is not stored'])
    })
  })
})
