import { describe, expect, test } from 'vitest'
import { initialPassword } from './check-passwords.ts'
import { patienceForWord } from '../../src/auth/roster/last-words.ts'
import { noteLacks } from './lacks.ts'
import type { Fault, History, Operation, Stream } from './history.ts'
import { lines, rulesOf, tell } from './told.ts'

describe('the checker of histories', () => {
  test('a history in which every promise holds breaks no rule', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    const second = story.write('guest')
    story.login('user', 'ada', { session: 'guest' })
    const third = story.write('user')
    story.read('user', { user: 'ada', lines: lines(first, second, third) })
    story.over('guest', 'REPLACED')
    story.add({ kind: 'logout', session: 'user', landed: null })
    story.over('user', 'LOGOUT')
    expect(rulesOf(story)).toEqual([])
  })

  test('an acknowledged write that is missing is found', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    story.write('guest')
    story.read('guest', { lines: lines(first) })
    expect(rulesOf(story)).toEqual(['no update is lost'])
  })

  test('the checker lets a read lack a write that was answered while the session was read', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    const second = story.write('guest')
    story.read('guest', { lines: lines(first) }, { sent: second.sent, answered: story.now() + 5 })
    expect(rulesOf(story)).toEqual([])
  })

  test('the checker finds a write missing that a login should have moved', () => {
    const story = tell()
    story.write(null, { landed: 'guest' })
    story.login('user', 'ada', { session: 'guest' })
    story.read('user', { user: 'ada' })
    expect(rulesOf(story)).toEqual(['no update is lost'])
  })

  test('the checker lets a login leave behind the values of a session that was revoked meanwhile', () => {
    const story = tell()
    story.login('first', 'ada')
    story.write('first')
    const revoke = story.add({
      kind: 'revoke user',
      user: 'ada',
      outcome: 'unknown',
      answered: null,
    })
    story.login('second', 'ada', { session: 'first', sent: revoke.sent })
    story.read('second', { user: 'ada' })
    expect(rulesOf(story)).toEqual([])
  })

  test('a write that was seen once and is gone is found, whatever was answered', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    const second = story.write('guest', { outcome: 'unknown', answered: null })
    story.read('guest', { lines: lines(first) })
    story.read('guest', { lines: lines(first, second) })
    expect(rulesOf(story)).toEqual([])
    story.read('guest', { lines: lines(first) })
    expect(rulesOf(story)).toEqual(['no update is lost'])
  })

  test('a write that is applied twice is found', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    story.read('guest', { lines: [[first.id, 2]] })
    expect(rulesOf(story)).toEqual(['no write is applied twice'])
  })

  test('a write that was answered as failed and is stored is found', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    const refused = story.write('guest', { outcome: 'refused', detail: 'SESSION_BUSY' })
    story.read('guest', { lines: lines(first, refused) })
    expect(rulesOf(story)).toEqual(['what is refused is not stored'])
  })

  test('a session that shows what another visitor wrote is found', () => {
    const story = tell()
    const theirs = story.write(null, { landed: 'theirs' })
    const own = story.write(null, { landed: 'own' })
    story.read('own', { lines: lines(own, theirs) })
    expect(rulesOf(story)).toEqual(['a session is its visitor’s'])
  })

  test('a session that answers as another user is found', () => {
    const story = tell()
    story.login('user', 'ada')
    story.read('user', { user: 'bob' })
    expect(rulesOf(story)).toEqual(['a session is its visitor’s'])
  })

  test('a cookie that opens another session is found', () => {
    const story = tell()
    story.write(null, { landed: 'own' })
    story.add({ kind: 'read', session: 'own', sight: { id: 'another', lines: [[1, 1]] } })
    expect(rulesOf(story)).toEqual(['a session is its visitor’s'])
  })

  test('a session that answers as a guest’s while its user is signed in is found', () => {
    const story = tell()
    story.login('user', 'ada')
    story.read('user', { user: null })
    expect(rulesOf(story)).toEqual(['a session is its visitor’s'])
  })

  test.each([
    ['a logout', { kind: 'logout', session: 'user', landed: null }],
    ['a revocation', { kind: 'revoke', target: 'user' }],
    ['a revocation at the shell', { kind: 'revoke at the shell', target: 'user' }],
    ['a revocation in /admin', { kind: 'revoke in /admin', target: 'user' }],
    ['the end of all sessions of its user', { kind: 'revoke user', user: 'ada' }],
    ['a deactivation', { kind: 'deactivate', user: 'ada' }],
    ['the end of the others', { kind: 'revoke others', session: 'laptop', user: 'ada' }],
    [
      'a change of password',
      { kind: 'change password', session: 'laptop', landed: 'moved', user: 'ada' },
    ],
    ['a change of key', { kind: 'login', session: 'user', landed: 'next', user: 'ada' }],
  ] as const)('a session that answers after %s is found', (_what, end) => {
    const story = tell()
    story.login('user', 'ada')
    story.login('laptop', 'ada')
    story.add({ password: initialPassword, ...end })
    story.read('user', { user: 'ada' })
    expect(rulesOf(story)).toEqual(['ended means ended'])
  })

  test('a write that is taken into an ended session is found', () => {
    const story = tell()
    story.login('user', 'ada')
    story.add({ kind: 'logout', session: 'user', landed: null })
    const late = story.write('user')
    Object.assign(late, { sight: { id: 'user', lines: lines(late) } })
    expect(rulesOf(story)).toEqual(['ended means ended'])
  })

  test('a session that answers while its end is under way is no fault, nor is one whose end is unknown', () => {
    const story = tell()
    story.login('user', 'ada')
    const logout = story.add({ kind: 'logout', session: 'user', landed: null, answered: 50 })
    story.read('user', { user: 'ada' }, { sent: logout.sent, answered: 60 })
    expect(rulesOf(story)).toEqual([])
    const unknown = tell()
    unknown.login('user', 'ada')
    unknown.add({ kind: 'revoke', target: 'user', outcome: 'unknown', answered: null })
    unknown.read('user', { user: 'ada' })
    unknown.over('user', 'REVOKED')
    expect(rulesOf(unknown)).toEqual([])
  })

  test('a session that was over and answers again is found, where its end was never answered too', () => {
    const story = tell()
    story.login('user', 'ada')
    story.add({ kind: 'revoke', target: 'user', outcome: 'unknown', answered: null })
    story.over('user', 'REVOKED')
    story.read('user', { user: 'ada' })
    expect(rulesOf(story)).toEqual(['ended means ended'])
  })

  test('a session that is over without a cause is found, and is none where the store admits to forget', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    story.read('guest', { lines: lines(first) })
    story.over('guest')
    expect(rulesOf(story)).toEqual(['no session is lost'])
    const forgets: Fault = { name: 'Redis forgets', from: 3, to: 4, loses: 'sessions' }
    expect(rulesOf(story, { faults: [forgets] })).toEqual([])
    expect(rulesOf(story, { faults: [{ ...forgets, from: 100, to: 101 }] })).toHaveLength(1)
  })

  test('an answer that a session is over may have its cause in what was asked while it was on its way, and in nothing that was asked later', () => {
    const interrupted = (revokedAt: number) => {
      const story = tell()
      story.login('user', 'ada')
      story.add({
        kind: 'change password',
        session: 'user',
        landed: null,
        user: 'ada',
        password: 'new',
        outcome: 'unknown',
        answered: null,
        detail: 'SESSION_INTERRUPTED: The new password is stored.',
      })
      story.wait(revokedAt)
      story.add({ kind: 'revoke', target: 'user' })
      return rulesOf({ operations: story.operations.filter(({ id }) => id < 3 || revokedAt > 0) })
    }
    expect(interrupted(100)).toEqual([])
    expect(interrupted(0)).toEqual(['no session is lost'])
    expect(interrupted(20_000)).toEqual(['no session is lost'])
  })

  test('a session that was open after its store forgot is lost by nothing, and is found where it is over, or gives a false reason', () => {
    const forgets: Fault = { name: 'Redis forgets', from: 3, to: 4, loses: 'sessions' }
    const begun = (isOpen: boolean) => {
      const story = tell()
      story.login('user', 'ada')
      story.wait(10)
      if (isOpen) story.read('user', { user: 'ada' })
      return story
    }
    for (const isOpen of [true, false]) {
      const story = begun(isOpen)
      story.over('user')
      const found = rulesOf(story, { faults: [forgets] })
      expect(found).toEqual(isOpen ? ['no session is lost'] : [])
      const revoked = begun(isOpen)
      revoked.add({ kind: 'revoke', target: 'user' })
      revoked.over('user', 'REVOKED')
      expect(rulesOf(revoked, { faults: [forgets] })).toEqual([])
      revoked.over('user', 'LOGOUT')
      expect(rulesOf(revoked, { faults: [forgets] })).toEqual(['the reason is true'])
    }
  })

  describe('of the end state', () => {
    const refused = { outcome: 'refused', detail: 'SESSION_STORE_UNAVAILABLE: …' } as const
    test('a session that no look was answered of at the end is found', () => {
      const story = tell()
      const write = story.write(null, { landed: 'guest' })
      const end = { healed: 10 }
      story.read('guest', { lines: lines(write) })
      expect(rulesOf(story, end)).toEqual(['the end state is seen'])
      story.wait(20)
      story.add({ kind: 'read', session: 'guest', ...refused })
      story.add({ kind: 'read', session: 'guest', outcome: 'unknown', answered: null })
      expect(rulesOf(story, end)).toEqual(['the end state is seen'])
      story.read('guest', { lines: lines(write) })
      expect(rulesOf(story, end)).toEqual([])
    })
    test('a cookie that carries its session, and that no look was answered of at the end, is found', () => {
      const story = tell()
      const write = story.write(null, { landed: 'guest', given: 'c1' })
      const next = story.write('guest', { copy: 'c1', given: 'c2' })
      story.wait(20)
      story.read('guest', { lines: lines(write, next) }, { copy: 'c2' })
      const end = { healed: 10, keepsRecords: false }
      expect(rulesOf(story, end)).toEqual(['the end state is seen'])
      story.read('guest', { lines: lines(write) }, { copy: 'c1' })
      expect(rulesOf(story, end)).toEqual([])
    })
    test('a run that stored nothing is found', () => {
      const story = tell()
      expect(rulesOf(story, { healed: 10 })).toEqual(['the end state is seen'])
      story.write(null, refused)
      expect(rulesOf(story, { healed: 10 })).toEqual(['the end state is seen'])
    })
  })

  test('a session that its store lost before a login took its place may say of a later end that this ended it, and of none that was not lost', () => {
    const forgets: Fault = { name: 'Redis forgets', from: 3, to: 4, loses: 'sessions' }
    const rules = (...faults: Fault[]) => {
      const story = tell()
      story.login('user', 'ada')
      story.wait(10)
      story.add({
        kind: 'login',
        session: 'user',
        landed: 'next',
        user: 'ada',
        password: initialPassword,
      })
      story.add({ kind: 'revoke user', user: 'ada' })
      story.over('user', 'REVOKED')
      return rulesOf(story, { faults })
    }
    expect(rules(forgets)).toEqual([])
    expect(rules()).toEqual(['the reason is true'])
  })

  test('a session that a store has forgotten and that comes back is found', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    story.over('guest')
    story.read('guest', { lines: lines(first) })
    const forgets: Fault = { name: 'Redis forgets', from: 1, to: 4, loses: 'sessions' }
    expect(rulesOf(story, { faults: [forgets] })).toEqual(['ended means ended'])
  })

  test('what a failover admits to lose is what was answered in its moments, and no more', () => {
    const moments: Fault = { name: 'failover', from: 5, to: 9, loses: 'moments' }
    const story = tell()
    const early = story.write(null, { landed: 'guest' })
    story.write('guest', { sent: 6, answered: 7 })
    story.wait(20)
    story.read('guest', { lines: lines(early) })
    expect(rulesOf(story, { faults: [moments] })).toEqual([])
    story.read('guest', { lines: [] })
    expect(rulesOf(story, { faults: [moments] })).toEqual(['no update is lost'])
  })

  test('a write that begins another session shows that its own was over', () => {
    const story = tell()
    story.write(null, { landed: 'guest' })
    story.write('guest', { landed: 'another' })
    expect(rulesOf(story)).toEqual(['no session is lost'])
  })

  test('an expired session that answers is found, and one that its visitor keeps alive is not', () => {
    const story = tell()
    story.write(null, { landed: 'guest' })
    story.add({ kind: 'expire', session: 'guest', age: 2000 })
    story.wait(1900)
    story.read('guest', { lines: [[1, 1]] })
    story.wait(1900)
    story.read('guest', { lines: [[1, 1]] })
    expect(rulesOf(story)).toEqual([])
    story.wait(2500)
    story.read('guest', { lines: [[1, 1]] })
    expect(rulesOf(story)).toEqual(['expired means over'])
  })

  test('a session that began with a change of its age expires by that age', () => {
    const story = tell()
    story.write(null, { landed: 'before' })
    story.add({ kind: 'revoke', target: 'before' })
    story.wait(100)
    story.add({ kind: 'expire', session: 'before', age: 2000, landed: 'guest' })
    story.wait(2500)
    story.over('guest', 'EXPIRED')
    expect(rulesOf(story)).toEqual([])
  })

  test('a session that says another reason than it ended by is found', () => {
    const story = tell()
    story.login('user', 'ada')
    story.add({ kind: 'logout', session: 'user', landed: null })
    story.over('user', 'REVOKED')
    expect(rulesOf(story)).toEqual(['the reason is true'])
  })

  test('a session that says by what it was ended once more, and not by what it was ended first, is found', () => {
    const story = tell()
    story.login('user', 'ada')
    story.add({ kind: 'logout', session: 'user', landed: null })
    story.add({ kind: 'deactivate', user: 'ada' })
    story.over('user', 'LOGOUT')
    expect(rulesOf(story)).toEqual([])
    story.over('user', 'USER_DEACTIVATED')
    expect(rulesOf(story)).toEqual(['the reason is true'])
  })

  test('a session that a change of password has ended may say by what it was ended later only where a fault may have kept the first from its row', () => {
    const story = tell()
    story.login('user', 'ada')
    story.login('laptop', 'ada')
    const moved = { session: 'laptop', landed: 'moved' }
    story.add({ kind: 'change password', ...moved, user: 'ada', password: 'new' })
    story.add({ kind: 'revoke user', user: 'ada' })
    story.over('user', 'REVOKED')
    expect(rulesOf(story)).toEqual(['the reason is true'])
    const killed = { name: 'process 0 is killed', from: 6, to: 7 }
    expect(rulesOf(story, { faults: [killed] })).toEqual([])
  })

  describe('of a guest’s logout of which nothing is said', () => {
    const cut = (name: string) => [{ name, from: 1, to: 4 }]
    const story = tell()
    story.write(null, { landed: 'guest' })
    const logout = story.add({ kind: 'logout', session: 'guest', landed: null })
    story.over('guest', null, { process: 1 })

    test.each([
      ['is found', []],
      [
        'is found where the process that looks cannot reach the database',
        cut('the way of process 1 to the database is cut'),
      ],
      [
        'is found where the process that ends it cannot reach the cache',
        cut('the way of process 0 to the cache is cut'),
      ],
      ['is found where the cache is away', cut('Redis is killed')],
    ])('a logout of which nothing is said %s', (_which, faults: Fault[]) => {
      for (const hasRows of [true, false])
        expect(rulesOf(story, { hasRows, faults })).toEqual(['an end says why'])
    })

    test.each(['the way of process 0 to the database is cut', 'PostgreSQL is killed'])(
      'the checker lets nothing be said of a logout while %s, where the session has no row before its end',
      (name) => {
        expect(rulesOf(story, { hasRows: false, faults: cut(name) })).toEqual([])
        expect(rulesOf(story, { hasRows: true, faults: cut(name) })).toEqual(['an end says why'])
      },
    )

    test('a look that finds the session over while its logout is under way, and is told nothing, is found', () => {
      const during = { ...logout, answered: logout.sent + 20 }
      const [write, , over] = story.operations as [Operation, Operation, Operation]
      for (const answered of [during.answered - 5, during.answered + 5]) {
        const look = { ...over, sent: logout.sent + 10, answered }
        const overlapping = { operations: [write, during, look] }
        expect(rulesOf(overlapping, { hasRows: false })).toEqual(['an end says why'])
      }
    })

    test('the checker lets nothing be said, for some seconds, of a logout that took so long that its word may have come after it', () => {
      const late = { ...logout, answered: logout.sent + patienceForWord }
      const [write, , over] = story.operations as [Operation, Operation, Operation]
      const lookAfter = (milliseconds: number) => {
        const sent = late.answered + milliseconds
        return { operations: [write, late, { ...over, sent, answered: sent + 1 }] }
      }
      expect(rulesOf(lookAfter(1000), { hasRows: false })).toEqual([])
      expect(rulesOf(lookAfter(1000), { hasRows: true })).toEqual(['an end says why'])
      expect(rulesOf(lookAfter(7000), { hasRows: false })).toEqual(['an end says why'])
    })

    test('the checker lets nothing be said of a logout that was never answered', () => {
      const [write, , over] = story.operations as [Operation, Operation, Operation]
      const unanswered: Operation = { ...logout, outcome: 'unknown', answered: null }
      expect(rulesOf({ operations: [write, unanswered, over] }, { hasRows: false })).toEqual([])
    })
  })

  test('after several changes of a user, a session need not say which of them ended it where a fault kept the first from its row', () => {
    const story = tell()
    story.login('user', 'ada')
    story.add({ kind: 'deactivate', user: 'ada' })
    story.over('user', null)
    expect(rulesOf(story)).toEqual(['an end says why'])
    const killed = { name: 'process 0 is killed', from: 3, to: 4 }
    expect(rulesOf(story, { faults: [killed] })).toEqual([])
  })

  test('an answer without a session that shows a cart is found', () => {
    const story = tell()
    const first = story.write(null, { landed: 'guest' })
    story.add({ kind: 'logout', session: 'guest', landed: null })
    story.over('guest', null, {
      sight: { id: null, user: null, lines: lines(first), reason: 'LOGOUT' },
    })
    expect(rulesOf(story)).toEqual(['ended means empty'])
  })

  test('a fault of the server is found', () => {
    const story = tell()
    story.write(null, {
      outcome: 'unknown',
      detail: 'INTERNAL_SERVER_ERROR: Something went wrong.',
    })
    expect(rulesOf(story)).toEqual(['outages have a code'])
  })

  describe('of streams', () => {
    const ending = () => {
      const story = tell()
      story.login('user', 'ada')
      story.add({ kind: 'logout', session: 'user', landed: null })
      return story
    }
    const stream = (more: Partial<Stream>): { streams: Stream[] } => ({
      streams: [{ session: 'user', process: 0, opened: 2, closed: 100, how: 'ended', ...more }],
    })
    const killed = (process: number, from: number) => ({
      name: `process ${process} is killed`,
      from,
      to: from + 50,
    })
    test('a stream that ends with the reason of its session breaks no rule, nor does one whose process was killed', () => {
      expect(rulesOf(ending(), stream({ reason: 'LOGOUT' }))).toEqual([])
      const faults = [killed(0, 99)]
      expect(rulesOf(ending(), { ...stream({ how: 'broken' }), faults })).toEqual([])
    })
    test.each([
      ['while nothing is wrong', []],
      ['while another process is killed', [killed(1, 99)]],
      ['long before its process is killed', [killed(0, 2000)]],
      ['long after its process was killed', [killed(0, -2000)]],
      [
        'because it cannot reach the database',
        [{ ...killed(0, 99), name: 'the way of process 0 to the database is cut' }],
      ],
      ['because the database is killed', [{ ...killed(0, 99), name: 'PostgreSQL is killed' }]],
    ])('a stream that breaks off %s is found', (_what, faults) => {
      const found = rulesOf(ending(), { ...stream({ how: 'broken' }), faults })
      expect(found).toEqual(['a stream ends with its session'])
      const alive = tell()
      alive.login('user', 'ada')
      const lost = rulesOf(alive, { ...stream({ how: 'broken' }), faults })
      expect(lost).toEqual(['a stream ends with its session'])
    })
    test('a stream may break off where its session may have ended by what was never answered', () => {
      const story = tell()
      story.login('user', 'ada')
      story.add({ kind: 'revoke', target: 'user', outcome: 'unknown', answered: null })
      expect(rulesOf(story, stream({ how: 'broken' }))).toEqual([])
    })
    test('a stream that is refused while nothing is wrong is found, and may be while its process cannot reach the database, or after the end', () => {
      const story = tell()
      story.login('user', 'ada')
      const refused = stream({ how: 'refused', opened: 90, closed: 91 })
      const cut = { name: 'the way of process 0 to the database is cut', from: 80, to: 85 }
      expect(rulesOf(story, refused)).toEqual(['a stream ends with its session'])
      expect(rulesOf(story, { ...refused, faults: [cut] })).toEqual([])
      expect(rulesOf(ending(), refused)).toEqual([])
    })
    test.each([
      ['that completes without a reason', { how: 'completed' }],
      ['that says twice that its session ended', { how: 'repeated', reason: 'LOGOUT' }],
      ['that gives another reason', { reason: 'REVOKED' }],
      ['that goes on after the end', { how: 'left', closed: 5000 }],
      ['that ends before its session does', { closed: 2.5, reason: 'LOGOUT' }],
    ] as const)('a stream %s is found', (_what, more) => {
      expect(rulesOf(ending(), stream(more))).toEqual(['a stream ends with its session'])
    })
    test('a stream of a session that its store has lost may break off, and claims no reason', () => {
      const story = tell()
      story.write(null, { landed: 'user' })
      const faults = [
        { name: 'Redis forgets everything', from: 3, to: 4, loses: 'sessions' },
      ] as const
      const rules = (more: Partial<Stream>) => rulesOf(story, { ...stream(more), faults })
      expect(rules({ how: 'broken' })).toEqual([])
      expect(rules({ reason: 'LOGOUT' })).toEqual(['a stream ends with its session'])
    })
    describe('a stream that ends fourteen seconds after its session', () => {
      const late = stream({ reason: 'LOGOUT', closed: 14_000 })
      const cut = (process: number, to: number) => [
        { name: `the way of process ${process} to the database is cut`, from: 3, to },
      ]
      test.each([
        ['while nothing is wrong', []],
        ['while another process than its own cannot look', cut(1, 13_500)],
        ['long after its process could look again', cut(0, 5000)],
      ])('a stream that says so fourteen seconds after the end is found %s', (_when, faults) => {
        const found = rulesOf(ending(), { ...late, faults })
        expect(found).toEqual(['a stream ends with its session'])
      })
      test('a stream may end within a re-check after its process could not look', () => {
        expect(rulesOf(ending(), { ...late, faults: cut(0, 13_500) })).toEqual([])
      })
      test('a stream may end as late as a busy machine answers, and not as late as a program of the shell starts', () => {
        const story = ending()
        story.add({ kind: 'revoke at the shell', target: 'other', answered: 12_000 })
        expect(rulesOf(story, late)).toEqual(['a stream ends with its session'])
        story.login('other', 'bob', { answered: 12_000 })
        expect(rulesOf(story, late)).toEqual([])
      })
      test('a stream that nothing but its re-check could tell is found where it took a re-check and seconds more', () => {
        const faults = [{ name: 'the connections of process 1 to the cache break', from: 3, to: 4 }]
        const story = tell()
        story.login('user', 'ada')
        story.add({ kind: 'revoke', target: 'user', process: 1 })
        const rules = (recheck: number) =>
          rulesOf(story, { ...stream({ reason: 'REVOKED', closed: 14_000 }), faults, recheck })
        expect(rules(13_000)).toEqual(['a stream ends with its session'])
        expect(rules(15_000)).toEqual([])
      })
    })
    describe('of a run that nothing disturbs', () => {
      const calm = { recheck: 2_000_000 }
      const late = stream({ reason: 'LOGOUT', closed: 1100 })
      test('a stream that ends more than a second after its session is found, however slow other requests are', () => {
        const story = ending()
        expect(rulesOf(story, { ...calm, ...stream({ reason: 'LOGOUT', closed: 900 }) })).toEqual(
          [],
        )
        story.login('other', 'bob', { answered: 9000 })
        expect(rulesOf(story, { ...calm, ...late })).toEqual(['a stream ends with its session'])
        expect(rulesOf(story, late)).toEqual([])
      })
      test('a stream may end as much later as the machine lacked a processor meanwhile, and not as it lacked one before or after', () => {
        const lacking = (from: number, to: number) =>
          rulesOf(ending(), { ...calm, ...late, lacks: [{ from, to }] })
        expect(lacking(500, 650)).toEqual([])
        expect(lacking(500, 550)).toEqual(['a stream ends with its session'])
        expect(lacking(-500, 3)).toEqual(['a stream ends with its session'])
        expect(lacking(1050, 1500)).toEqual(['a stream ends with its session'])
      })
      test('a program that has no processor for a tenth of a second notes that', async () => {
        const { lacks, stop } = noteLacks(() => performance.now())
        const begin = performance.now()
        while (performance.now() < begin + 100);
        await new Promise((resolve) => setTimeout(resolve, 1))
        stop()
        const [first] = lacks
        expect(Number(first?.to) - Number(first?.from)).toBeGreaterThan(70)
      })
    })
    test('a stream that says that its session ended, whose end was not answered, is found where the session goes on', () => {
      const story = tell()
      story.login('user', 'ada')
      story.add({ kind: 'revoke', target: 'user', outcome: 'unknown', answered: null })
      const said = stream({ reason: 'REVOKED', closed: 10 })
      story.read('user', { user: 'ada' })
      expect(rulesOf(story, said)).toEqual([])
      story.wait(20)
      story.read('user', { user: 'ada' })
      expect(rulesOf(story, said)).toEqual(['a stream ends with its session'])
    })
    test.each([{ how: 'completed' }, { how: 'ended', reason: 'LOGOUT' }] as const)(
      'a stream of a session that no answer has named, and that is $how, is found',
      (more) => {
        const nameless = stream({ session: 'nowhere', ...more })
        expect(rulesOf(ending(), nameless)).toEqual(['a stream ends with its session'])
        expect(rulesOf(ending(), stream({ session: 'nowhere', how: 'left' }))).toEqual([])
      },
    )
    test('a stream that goes on for less than a re-check after the end breaks no rule', () => {
      expect(rulesOf(ending(), stream({ how: 'left', closed: 900 }))).toEqual([])
    })
  })

  describe('of cookies that carry their sessions', () => {
    const given = (given: string, copy?: string) => ({ given, ...(copy !== undefined && { copy }) })
    const carried = (story: ReturnType<typeof tell>, more: Partial<History> = {}) =>
      rulesOf(story, { keepsRecords: false, ...more })
    /** A guest who writes twice, and holds the cookies `c1` and `c2`. */
    const guest = () => {
      const story = tell()
      const first = story.write(null, { landed: 'guest', ...given('c1') })
      const second = story.write('guest', given('c2', 'c1'))
      return { story, first, second }
    }
    const user = () => {
      const story = tell()
      story.login('user', 'ada', given('c1'))
      return story
    }

    test('an older cookie shows its older content, and tabs that overwrite each other break no rule', () => {
      const { story, first, second } = guest()
      const third = story.write('guest', given('c3', 'c1'))
      story.read('guest', { lines: lines(first) }, { copy: 'c1' })
      story.read('guest', { lines: lines(first, second) }, { copy: 'c2' })
      story.read('guest', { lines: lines(first, third) }, { copy: 'c3' })
      expect(carried(story)).toEqual([])
      expect(rulesOf(story)).toEqual(['no update is lost'])
    })
    test('a cookie that lacks a write that it was given for is found', () => {
      const { story, first } = guest()
      story.read('guest', { lines: lines(first) }, { copy: 'c2' })
      expect(carried(story)).toEqual(['no update is lost'])
    })
    test('a cookie that a login gave without the cart of its guest is found', () => {
      const { story } = guest()
      story.login('user', 'ada', { session: 'guest', ...given('c3', 'c2') })
      story.read('user', { user: 'ada' }, { copy: 'c3' })
      expect(carried(story)).toEqual(['no update is lost'])
    })
    test('a cookie that shows two contents is found', () => {
      const { story, first } = guest()
      const aside = story.write('guest', given('c3', 'c1'))
      story.read('guest', { lines: lines(first, aside) }, { copy: 'c3' })
      expect(carried(story)).toEqual([])
      const late = story.write('guest', { outcome: 'unknown', answered: null, copy: 'c3' })
      story.read('guest', { lines: lines(first, aside, late) }, { copy: 'c3' })
      expect(carried(story)).toEqual(['a cookie is what it was'])
    })
    test('a guest’s cookie that answers after a logout breaks no rule, and a user’s is found', () => {
      const { story, first } = guest()
      story.add({ kind: 'logout', session: 'guest', landed: null, copy: 'c2' })
      story.read('guest', { lines: lines(first) }, { copy: 'c1' })
      expect(carried(story)).toEqual([])
      const theirs = user()
      theirs.add({ kind: 'logout', session: 'user', landed: null, copy: 'c1' })
      theirs.read('user', { user: 'ada' }, { copy: 'c1' })
      expect(carried(theirs)).toEqual(['ended means ended'])
    })
    test('a write that waits for one which shortens the session may be told that it is over, whatever its own cookie says', () => {
      const told = (age: number) => {
        const story = user()
        const { sent } = story.add({
          kind: 'expire',
          session: 'user',
          age,
          ...given('c2', 'c1'),
        })
        const detail = 'SESSION_INTERRUPTED: The session ended before this change was stored.'
        const write = { outcome: 'refused', detail, copy: 'c1' } as const
        story.write('user', { ...write, sent, answered: sent + 4000 })
        story.wait(5000)
        story.read('user', { user: 'ada' }, { copy: 'c1' })
        return carried(story)
      }
      expect(told(1000)).toEqual([])
      expect(told(60_000)).toEqual(['ended means ended', 'no session is lost'])
    })
    test('each cookie expires by its own age, and one that outlives it is found', () => {
      const story = user()
      story.add({ kind: 'expire', session: 'user', age: 2000, ...given('c2', 'c1') })
      story.wait(3000)
      story.over('user', 'EXPIRED', { copy: 'c2' })
      story.read('user', { user: 'ada' }, { copy: 'c1' })
      expect(carried(story)).toEqual([])
      story.read('user', { user: 'ada' }, { copy: 'c2' })
      expect(carried(story)).toEqual(['expired means over'])
    })
    test('the checker reports a cookie that opens nothing without a cause, although another cookie of its session has been given an age', () => {
      const story = user()
      story.wait(3000)
      story.over('user', null, { copy: 'c1' })
      story.add({ kind: 'expire', session: 'user', age: 2000, ...given('c2', 'c1') })
      expect(carried(story)).toEqual(['ended means ended', 'no session is lost'])
    })
    test('a stream goes on after a guest’s logout, and is found after a user’s', () => {
      const stream = { process: 0, opened: 2, closed: 5000, how: 'left', copy: 'c1' } as const
      const { story } = guest()
      story.add({ kind: 'logout', session: 'guest', landed: null, copy: 'c2' })
      expect(carried(story, { streams: [{ ...stream, session: 'guest' }] })).toEqual([])
      const theirs = user()
      theirs.add({ kind: 'logout', session: 'user', landed: null, copy: 'c1' })
      const found = carried(theirs, { streams: [{ ...stream, session: 'user' }] })
      expect(found).toEqual(['a stream ends with its session'])
    })
  })

  describe('of passwords', () => {
    const change = (more: Partial<Operation> = {}) => {
      const story = tell()
      story.login('laptop', 'ada')
      story.add({
        kind: 'change password',
        session: 'laptop',
        landed: 'moved',
        user: 'ada',
        password: 'new',
        ...more,
      })
      return story
    }
    test('a login with a password that was replaced is found', () => {
      const story = change()
      story.login('late', 'ada')
      expect(rulesOf(story)).toEqual(['the password decides'])
    })
    test('the checker reports a login that the server has refused although its password was the right one', () => {
      const story = change()
      const refused = { outcome: 'refused', detail: 'INVALID_CREDENTIALS', landed: null } as const
      story.add({ kind: 'login', user: 'ada', password: 'new', ...refused })
      expect(rulesOf(story)).toEqual(['the password decides'])
    })
    test('either password may be the right one after a change that was not answered', () => {
      for (const password of ['new', initialPassword]) {
        const story = change({ outcome: 'unknown', answered: null, landed: null })
        story.login('one', 'ada', { password })
        expect(rulesOf(story)).toEqual([])
      }
    })
    describe('after a change that was not answered', () => {
      const unanswered = { outcome: 'unknown', answered: null, landed: null } as const
      const wrong = { outcome: 'refused', detail: 'INVALID_CREDENTIALS', landed: null } as const
      test('the old password that opens after a login with the new one is found, and the new one before it is none', () => {
        const story = change(unanswered)
        story.login('early', 'ada')
        story.login('one', 'ada', { password: 'new' })
        expect(rulesOf(story)).toEqual([])
        story.login('late', 'ada')
        expect(rulesOf(story)).toEqual(['the password decides'])
      })
      test('the new password that is refused as wrong after it has opened is found', () => {
        const story = change(unanswered)
        story.add({ kind: 'login', user: 'ada', password: 'new', ...wrong })
        expect(rulesOf(story)).toEqual([])
        story.login('one', 'ada', { password: 'new' })
        story.add({ kind: 'login', user: 'ada', ...wrong, password: initialPassword })
        expect(rulesOf(story)).toEqual([])
        story.add({ kind: 'login', user: 'ada', password: 'new', ...wrong })
        expect(rulesOf(story)).toEqual(['the password decides'])
      })
      test('the new password that opens after the old one has opened a minute after the change is found, and half a minute after it is none', () => {
        for (const [after, found] of [
          [30_000, []],
          [70_000, ['the password decides']],
        ] as const) {
          const story = change(unanswered)
          story.wait(after)
          story.login('one', 'ada')
          story.login('other', 'ada', { password: 'new' })
          expect(rulesOf(story)).toEqual(found)
        }
      })
    })
    test('a user who is deactivated may be refused', () => {
      const story = change()
      story.add({ kind: 'deactivate', user: 'ada' })
      const refused = { outcome: 'refused', detail: 'INVALID_CREDENTIALS', landed: null } as const
      story.add({ kind: 'login', user: 'ada', password: 'new', ...refused })
      expect(rulesOf(story)).toEqual([])
    })
  })
})
