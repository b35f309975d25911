import { describe, expect, test } from 'vitest'
import { lines, rulesOf, tell } from './told.ts'

const unanswered = { outcome: 'unknown', answered: null, landed: null } as const

describe('the checker of what a login takes along', () => {
  /** A guest with a cart. */
  const guest = () => {
    const story = tell()
    const write = story.write(null, { landed: 'old' })
    return { story, write }
  }
  /** A user with a cart. */
  const user = () => {
    const story = tell()
    story.login('old', 'ada')
    return { story, write: story.write('old') }
  }

  test.each([
    ['a guest’s logout', guest, { kind: 'logout', session: 'old', landed: null }],
    ['a user’s logout', user, { kind: 'logout', session: 'old', landed: null }],
    ['an end by staff', guest, { kind: 'revoke', target: 'old' }],
    ['an end of all sessions of a user', user, { kind: 'revoke user', user: 'ada' }],
    ['a deactivation', user, { kind: 'deactivate', user: 'ada' }],
    [
      'a change of password elsewhere',
      user,
      { kind: 'change password', user: 'ada', session: 'laptop', landed: 'moved' },
    ],
    ['a login before it', user, { kind: 'login', user: 'ada', session: 'old', landed: 'next' }],
  ] as const)('a cart that goes on with a login after %s is found', (_what, begin, end) => {
    const { story, write } = begin()
    story.login('laptop', 'ada')
    story.add({ password: 'the first password of all', ...end })
    story.add({ kind: 'activate', user: 'ada' })
    const password = end.kind === 'change password' ? { password: 'the first password of all' } : {}
    story.login('user', 'ada', { session: 'old', ...password })
    story.read('user', { user: 'ada' })
    expect(rulesOf(story)).toEqual([])
    story.login('third', 'ada', { session: 'user' })
    story.read('third', { user: 'ada', lines: lines(write) })
    expect(rulesOf(story)).toEqual(['ended means ended'])
  })

  test('a cart that goes on with a login is none where the end was not answered, or came in the middle of it', () => {
    const { story, write } = user()
    story.add({ kind: 'revoke user', user: 'ada', ...unanswered })
    story.login('user', 'ada', { session: 'old' })
    story.read('user', { user: 'ada', lines: lines(write) })
    expect(rulesOf(story)).toEqual([])
    const during = user()
    const { sent, answered } = during.story.add({ kind: 'revoke user', user: 'ada' })
    during.story.login('user', 'ada', { session: 'old', sent, answered: Number(answered) + 1 })
    during.story.wait(2)
    during.story.read('user', { user: 'ada', lines: lines(during.write) })
    expect(rulesOf(during.story)).toEqual([])
  })

  test('a cart that goes on with a login after its session was seen to have expired is found, and one that was not seen so is none', () => {
    for (const isSeen of [true, false]) {
      const { story, write } = guest()
      story.wait(950)
      if (isSeen) story.over('old', 'EXPIRED')
      story.login('user', 'ada', { session: 'old' })
      story.read('user', { user: 'ada', lines: lines(write) })
      expect(rulesOf(story, { age: 1000 })).toEqual(isSeen ? ['ended means ended'] : [])
    }
  })

  test('a guest’s old cookie that carries its session may be taken along after a logout', () => {
    const { story, write } = guest()
    story.add({ kind: 'logout', session: 'old', landed: null })
    story.login('user', 'ada', { session: 'old' })
    story.read('user', { user: 'ada', lines: lines(write) })
    expect(rulesOf(story, { keepsRecords: false })).toEqual([])
    expect(rulesOf(story)).toEqual(['ended means ended'])
  })

  test('a second guest who is given the session of the first one is found', () => {
    const { story, write } = guest()
    const other = story.write(null, { landed: 'other' })
    story.read('other', { lines: lines(other) })
    expect(rulesOf(story)).toEqual([])
    const late = story.write(null, { landed: 'old' })
    story.read('old', { lines: lines(write, late) })
    expect(rulesOf(story)).toEqual(['a session is its visitor’s'])
  })
})

describe('the checker of what comes late', () => {
  test('a write that was not answered, was missing a minute later, and is there after that is found', () => {
    for (const [after, found] of [
      [30_000, []],
      [70_000, ['what is not answered is done soon']],
    ] as const) {
      const story = tell()
      story.login('user', 'ada')
      const write = story.write('user', unanswered)
      story.wait(after)
      story.read('user', { user: 'ada' })
      story.wait(5000)
      story.read('user', { user: 'ada', lines: lines(write) })
      expect(rulesOf(story)).toEqual(found)
    }
  })

  test('a session that expires by an age that was not answered is found where it has outlived that age', () => {
    for (const [isOutlived, found] of [
      [false, []],
      [true, ['no session is lost']],
    ] as const) {
      const story = tell()
      story.login('user', 'ada')
      story.add({ kind: 'expire', session: 'user', age: 2000, ...unanswered })
      if (isOutlived) {
        story.wait(70_000)
        story.read('user', { user: 'ada' })
      }
      story.wait(5000)
      story.over('user', 'EXPIRED')
      expect(rulesOf(story)).toEqual(found)
    }
  })
})
