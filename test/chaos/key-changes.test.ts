import { describe, expect, test } from 'vitest'
import type { Fault, Operation } from './history.ts'
import { lines, rulesOf, tell } from './told.ts'

const unanswered = { outcome: 'unknown', answered: null, landed: null } as const
const open = {
  ...unanswered,
  detail: 'SESSION_STORE_UNAVAILABLE: … The change may have been stored all the same.',
} as const
const cut: Fault = { name: 'the way of process 0 to the database is cut', from: 0, to: 3000 }
const killed = (from: number): Fault => ({ name: 'process 0 is killed', from, to: from + 2000 })

describe('the checker of changes of key', () => {
  describe('of one that was not answered', () => {
    /** A guest with a cart, at whose login no answer came. */
    const begun = (more: Partial<Operation> = unanswered) => {
      const story = tell()
      const first = story.write(null, { landed: 'guest' })
      const second = story.write('guest')
      const login = story.login('user', 'ada', { session: 'guest', ...more })
      return { story, cart: lines(first, second), login }
    }

    test('a cart that the next login does not have is found, unless a fault may have the server take the first one back', () => {
      const { story, cart } = begun()
      story.login('user', 'ada', { session: 'guest' })
      story.read('user', { user: 'ada', lines: cart })
      story.over('guest', 'REPLACED')
      expect(rulesOf(story)).toEqual([])
      story.read('user', { user: 'ada' })
      expect(rulesOf(story)).toEqual(['no update is lost'])
      const empty = begun().story
      empty.login('user', 'ada', { session: 'guest' })
      empty.read('user', { user: 'ada' })
      expect(rulesOf(empty)).toEqual(['no update is lost'])
      expect(rulesOf(empty, { faults: [cut] })).toEqual([])
    })

    test('a guest who has neither session afterwards is found, and one whose process was killed is not', () => {
      const { story, login } = begun()
      story.wait(70_000)
      story.over('guest', 'REPLACED')
      expect(rulesOf(story)).toEqual(['no session is lost'])
      expect(rulesOf(story, { faults: [killed(login.sent + 5)] })).toEqual([])
    })

    test('a session that is over for good after an answer that the change may have been stored is found, whatever was cut', () => {
      const { story, cart } = begun(open)
      story.over('guest', 'REPLACED')
      story.wait(100)
      story.read('guest', { lines: cart })
      expect(rulesOf(story, { faults: [cut] })).toEqual([])
      const lost = begun(open).story
      lost.wait(70_000)
      lost.over('guest', 'REPLACED')
      expect(rulesOf(lost, { faults: [cut] })).toEqual(['no session is lost'])
    })

    test('a session that is over for good breaks no rule where the answer set the cookie of the new one, which has everything', () => {
      const { story, cart } = begun({ ...open, landed: 'user' })
      story.wait(70_000)
      story.over('guest', 'REPLACED')
      story.read('user', { user: 'ada', lines: cart })
      expect(rulesOf(story, { faults: [cut] })).toEqual([])
      story.read('user', { user: 'ada', lines: cart.slice(1) })
      expect(rulesOf(story, { faults: [cut] })).toEqual(['no update is lost'])
    })

    test('a write that was taken after the process was killed, and is lost half a minute later, is found', () => {
      const { story, cart, login } = begun()
      story.wait(5000)
      const faults = [killed(login.sent + 5)]
      const late = story.write('guest')
      story.read('guest', { lines: [...cart, ...lines(late)] })
      expect(rulesOf(story, { faults })).toEqual([])
      story.wait(31_000)
      story.over('guest', 'REPLACED')
      expect(rulesOf(story, { faults })).toEqual(['no session is lost'])
    })

    test('a session that was over and answers again is found ten minutes later, and is none while the change may be taken back', () => {
      const { story, cart } = begun()
      story.over('guest', 'REPLACED')
      story.read('guest', { lines: cart })
      expect(rulesOf(story, { faults: [cut] })).toEqual([])
      story.wait(600_000)
      story.over('guest', 'REPLACED')
      story.read('guest', { lines: cart })
      expect(rulesOf(story, { faults: [cut] })).toContain('ended means ended')
    })
  })

  test('a session that ends a minute after an end of it that was never answered, and was open until then, is found', () => {
    const story = tell()
    story.login('user', 'ada')
    story.add({ kind: 'logout', session: 'user', ...unanswered })
    story.wait(1000)
    story.over('user', 'LOGOUT')
    expect(rulesOf(story)).toEqual([])
    const late = tell()
    late.login('user', 'ada')
    late.add({ kind: 'logout', session: 'user', ...unanswered })
    late.wait(70_000)
    late.read('user', { user: 'ada' })
    late.over('user', 'LOGOUT')
    expect(rulesOf(late)).toEqual(['no session is lost'])
  })

  test.each(['login', 'change password'] as const)('a %s that keeps the key is found', (kind) => {
    const story = tell()
    story.login('user', 'ada')
    story.add({ kind, session: 'user', landed: 'user', user: 'ada', password: 'new' })
    expect(rulesOf(story)).toContain('a change of key gives a new one')
  })

  test('a login that gives a key which another one had given is found', () => {
    const story = tell()
    story.login('user', 'ada')
    story.login('user', 'ada')
    expect(rulesOf(story)).toEqual(['a change of key gives a new one'])
  })

  describe('of one at the same time as an end', () => {
    test('a guest’s cart that goes on under the key of a login, after staff have ended the guest meanwhile, is found', () => {
      const story = tell()
      const write = story.write(null, { landed: 'guest' })
      const { sent, answered } = story.add({ kind: 'revoke', target: 'guest' })
      story.login('user', 'ada', { session: 'guest', sent, answered })
      story.read('user', { user: 'ada' })
      expect(rulesOf(story)).toEqual([])
      story.read('user', { user: 'ada', lines: lines(write) })
      expect(rulesOf(story)).toEqual(['ended means ended'])
    })

    test('a session that outlives an end under the key before it is found, where its login had been answered', () => {
      const story = tell()
      story.write(null, { landed: 'guest' })
      story.login('user', 'ada', { session: 'guest' })
      story.add({ kind: 'revoke', target: 'guest' })
      story.over('user', 'REVOKED')
      expect(rulesOf(story)).toEqual([])
      story.read('user', { user: 'ada' })
      expect(rulesOf(story)).toContain('ended means ended')
    })

    test('what a user has put into a session is found where it goes on after their logout', () => {
      const story = tell()
      story.login('user', 'ada')
      const write = story.write('user')
      const logout = story.add({ kind: 'logout', session: 'user', landed: null })
      const { sent, answered } = logout
      story.add({
        kind: 'change password',
        session: 'user',
        landed: 'moved',
        user: 'ada',
        password: 'new',
        sent,
        answered: Number(answered) + 5,
      })
      story.wait(10)
      story.over('moved')
      expect(rulesOf({ operations: story.operations.slice(0, -1) })).toEqual([])
      story.operations.pop()
      story.read('moved', { user: 'ada', lines: lines(write) })
      expect(rulesOf(story)).toEqual(['ended means ended'])
    })

    test.each(['change password', 'login'] as const)(
      'an end of all others that ends the caller’s own next session, at a %s in another tab, is found',
      (kind) => {
        const story = tell()
        story.login('user', 'ada')
        story.login('other', 'ada')
        const own = { session: 'user', user: 'ada' }
        const { sent } = story.add({ kind: 'revoke others', ...own })
        story.add({ kind, ...own, landed: 'next', password: 'new', sent })
        story.over('other', 'REVOKED')
        const { operations } = story
        const changed = operations.map((each) =>
          each.kind === 'login' && each.landed === 'next'
            ? { ...each, password: 'the first password of all' }
            : each,
        )
        expect(rulesOf({ operations: changed })).toEqual([])
        story.over('next', 'REVOKED')
        expect(rulesOf({ operations: [...changed, operations.at(-1)!] })).toEqual([
          'no session is lost',
        ])
      },
    )
  })
})
