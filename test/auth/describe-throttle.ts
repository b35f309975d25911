import { afterEach, describe, expect, test } from 'vitest'
import { expiredRows } from '../../src/auth/clearing/expired.ts'
import { createThrottle } from '../../src/auth/throttle/throttle.ts'
import type { Attempt } from '../../src/auth/throttle/throttle.ts'
import { databaseKind } from '../../src/database/database.ts'
import type { Database } from '../../src/database/database.ts'
import { patientDatabase } from '../dependency.ts'
import { createClock } from '../harness.ts'
import {
  InvalidCredentials,
  InvalidInput,
  SessionStoreUnavailable,
  TooManyAttempts,
} from '../../src/refusals.ts'

const ada: Attempt = { account: 'ada', address: '192.0.2.1' }
const minutes = 60_000

/** What the throttle must do on any database; `database` gives the URL of a new one, with our tables. */
export function describeThrottle(name: string, database: () => Promise<string>): void {
  describe(`the throttle on ${name}`, () => {
    const opened: Database[] = []
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((db) => db.$disconnect()))
    })

    /** Two processes' worth of throttle on one database, and one clock. */
    async function setUp() {
      const url = await database()
      const statements: string[] = []
      const open = async () => {
        const db = await databaseKind(url).open(url, { onStatement: (sql) => statements.push(sql) })
        opened.push(db)
        return db
      }
      const [db, other] = [await open(), await open()]
      const clock = createClock()
      const options = {
        now: clock.now,
        database: patientDatabase(),
        secretKey: 'a secret of thirty-two bytes ...',
      }
      const throttles = [createThrottle(db, options), createThrottle(other, options)] as const
      let checks = 0
      /** Tries a wrong password: 'wrong', or how many seconds to wait. */
      const fail = (attempt: Attempt = ada, at = 0) =>
        throttles[at % 2]!.guard(attempt, async () => {
          checks++
          throw new InvalidCredentials()
        }).catch(readRefusal)
      /** Tries the right one. */
      const succeed = (attempt: Attempt = ada) =>
        throttles[0].guard(attempt, async () => 'in').catch(readRefusal)
      const register = (address: string | null, work = async () => 'made') =>
        throttles[0].guardRegistration(address, work).catch(readRefusal)
      const failTimes = async (times: number, attempt: Attempt = ada) => {
        const answers = []
        for (let each = 0; each < times; each++) answers.push(await fail(attempt))
        return answers
      }
      return {
        db,
        statements,
        clock,
        fail,
        failTimes,
        succeed,
        register,
        throttle: throttles[0],
        checks: () => checks,
      }
    }

    test(
      'an account has five free failures, then the delays double from a second to fifteen minutes',
      { tags: ['D13'] },
      async () => {
        const { clock, fail, failTimes } = await setUp()
        expect(await failTimes(5)).toEqual(Array(5).fill('wrong'))
        const delays = []
        for (let each = 0; each < 13; each++) {
          const delay = await fail()
          delays.push(delay)
          clock.advance(Number(delay) * 1000 - 1)
          expect(await fail()).toBe(1)
          clock.advance(1)
          expect(await fail()).toBe('wrong')
        }
        expect(delays).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
      },
    )

    test('while a delay runs the throttle checks no password, and no attempt prolongs the delay', async () => {
      const { clock, fail, failTimes, succeed, checks } = await setUp()
      await failTimes(5)
      expect(await failTimes(50)).toEqual(Array(50).fill(1))
      expect(await succeed()).toBe(1)
      expect(checks()).toBe(5)
      clock.advance(1000)
      expect(await fail()).toBe('wrong')
      expect(await fail()).toBe(2)
    })

    test('a clock that ran ahead and is put right delays no login, and doubles no delay', async () => {
      const { clock, fail, failTimes } = await setUp()
      clock.advance(24 * 60 * 60_000)
      expect(await failTimes(6)).toEqual([...Array(5).fill('wrong'), 1])
      clock.advance(-24 * 60 * 60_000)
      expect(await fail()).toBe('wrong')
      expect(await fail()).toBe(2)
    })

    test(
      'two hundred guesses at once, from two processes, are five checks, and after the delay one',
      { tags: ['D14'] },
      async () => {
        const { clock, fail, checks } = await setUp()
        const storm = () => Promise.all(Array.from({ length: 200 }, (_, at) => fail(ada, at)))
        const answers = await storm()
        expect([answers.filter((answer) => answer === 'wrong').length, checks()]).toEqual([5, 5])
        expect(answers.filter((answer) => answer === 1)).toHaveLength(195)
        clock.advance(1000)
        await storm()
        expect(checks()).toBe(6)
      },
    )

    test('two hundred guesses at once, in one process, ask the database twelve times', async () => {
      const { fail, statements, checks } = await setUp()
      statements.length = 0
      await Promise.all(Array.from({ length: 200 }, () => fail()))
      expect([checks(), statements.length]).toEqual([5, 12])
    })

    test('the throttle runs three statements at most for a login', async () => {
      const { fail, succeed, statements } = await setUp()
      statements.length = 0
      await succeed()
      expect(statements.length).toBe(2)
      await fail()
      statements.length = 0
      await succeed()
      expect(statements.length).toBe(3)
    })

    test(
      'the owner of an account gets in once the delay is over, and begins anew',
      { tags: ['D13'] },
      async () => {
        const { clock, failTimes, succeed } = await setUp()
        await failTimes(5)
        expect(await succeed()).toBe(1)
        clock.advance(1000)
        expect(await succeed()).toBe('in')
        expect(await failTimes(6)).toEqual([...Array(5).fill('wrong'), 1])
      },
    )

    test(
      'the throttle does not hold up other addresses and other accounts',
      { tags: ['D18'] },
      async () => {
        const { failTimes, succeed } = await setUp()
        await failTimes(6)
        expect(await succeed({ ...ada, address: '192.0.2.2' })).toBe('in')
        expect(await succeed({ ...ada, account: 'bob' })).toBe('in')
        expect(await succeed()).toBe(1)
      },
    )

    test(
      'the throttle takes every spelling of a name for one account, and a /64 network for one address',
      { tags: ['D17'] },
      async () => {
        const { failTimes, fail } = await setUp()
        await failTimes(5, { account: 'Ada', address: '2001:db8:0:1::1' })
        expect(await fail({ account: 'ＡＤＡ', address: '2001:db8::1:ffff:0:0:9' })).toBe(1)
        expect(await fail({ account: 'ada', address: '2001:db8:0:2::1' })).toBe('wrong')
      },
    )

    test('one address has fifty free failures an hour, over all accounts, and is then delayed as a whole', async () => {
      const { clock, fail, succeed } = await setUp()
      for (let each = 0; each < 50; each++)
        expect(await fail({ ...ada, account: `a${each}` })).toBe('wrong')
      expect(await fail({ ...ada, account: 'b' })).toBe(1)
      clock.advance(1000)
      expect(await fail({ ...ada, account: 'b' })).toBe('wrong')
      expect(await succeed({ ...ada, account: 'c' })).toBe(2)
      // Each quiet minute takes a doubling back.
      clock.advance(2000 + 2 * minutes)
      expect(await fail({ ...ada, account: 'd' })).toBe('wrong')
      expect(await fail({ ...ada, account: 'e' })).toBe(1)
    })

    test(
      'the throttle delays an address by four seconds at most, however many wrong passwords came from it',
      { tags: ['D26'] },
      async () => {
        const { clock, fail, succeed } = await setUp()
        for (let each = 0; each < 50; each++) await fail({ ...ada, account: `a${each}` })
        const delays = []
        for (let each = 0; each < 8; each++) {
          const delay = await succeed({ ...ada, account: 'c' })
          delays.push(delay)
          clock.advance(Number(delay) * 1000)
          expect(await fail({ ...ada, account: `b${each}` })).toBe('wrong')
        }
        expect(delays).toEqual([1, 2, 4, 4, 4, 4, 4, 4])
        clock.advance(4000)
        expect(await succeed({ ...ada, account: 'c' })).toBe('in')
      },
    )

    test('registrations past a hundred an hour wait for fifteen seconds at most', async () => {
      const { clock, register } = await setUp()
      for (let each = 0; each < 100; each++) await register('192.0.2.1')
      const delays = []
      for (let each = 0; each < 6; each++) {
        const delay = await register('192.0.2.1')
        delays.push(delay)
        clock.advance(Number(delay) * 1000)
        expect(await register('192.0.2.1')).toBe('made')
      }
      expect(delays).toEqual([1, 2, 4, 8, 15, 15])
    })

    test('an attempt that is held up for its address does not count against the account', async () => {
      const { clock, fail } = await setUp()
      for (let each = 0; each < 50; each++) await fail({ ...ada, account: `a${each}` })
      for (let each = 0; each < 10; each++) expect(await fail()).toBe(1)
      clock.advance(1000 + 60 * minutes)
      for (let each = 0; each < 5; each++) expect(await fail()).toBe('wrong')
    })

    test('a success takes the point of its address back, and its delay, but not the failures of others', async () => {
      const { clock, fail, succeed } = await setUp()
      for (let each = 0; each < 60; each++)
        expect(await succeed({ ...ada, account: `right${each}` })).toBe('in')
      for (let each = 0; each < 49; each++) {
        expect(await fail({ ...ada, account: `wrong${each}` })).toBe('wrong')
        if (each % 10 === 0) expect(await succeed()).toBe('in')
      }
      for (let each = 0; each < 3; each++) expect(await succeed()).toBe('in')
      expect(await fail({ ...ada, account: 'last' })).toBe('wrong')
      expect(await succeed()).toBe(1)
      clock.advance(1000)
      for (let each = 0; each < 3; each++) expect(await succeed()).toBe('in')
    })

    test('the throttle forgets everything an hour after the delay', { tags: ['D18'] }, async () => {
      const { clock, failTimes } = await setUp()
      await failTimes(5)
      clock.advance(1000 + 60 * minutes)
      expect(await failTimes(6)).toEqual([...Array(5).fill('wrong'), 1])
    })

    test('an attempt that ends in a fault, or in input that breaks a rule, does not count', async () => {
      const { db, throttle, register } = await setUp()
      for (const error of [new Error('The directory is away.'), new InvalidInput([])]) {
        const work = () => Promise.reject(error)
        for (let each = 0; each < 7; each++)
          await expect(throttle.guard(ada, work)).rejects.toBe(error)
        await expect(throttle.guardRegistration(ada.address, work)).rejects.toBe(error)
      }
      expect(await db.attempt.count()).toBe(0)
      expect(await register(ada.address)).toBe('made')
    })

    test('registrations count by address, the successful ones too, and hold up no login', async () => {
      const { register, succeed } = await setUp()
      for (let each = 0; each < 100; each++) expect(await register('192.0.2.1')).toBe('made')
      expect(await register('192.0.2.1')).toBe(1)
      expect(await register('192.0.2.2')).toBe('made')
      expect(await succeed()).toBe('in')
    })

    test('attempts from an unknown address count too', async () => {
      const { failTimes } = await setUp()
      expect((await failTimes(6, { account: 'ada', address: null }))[5]).toBe(1)
    })

    test('the throttle keeps neither what the visitor typed nor the address', async () => {
      const { db, fail } = await setUp()
      await fail({ account: 'a password\0 in the wrong field \ud800', address: '192.0.2.77' })
      const rows = await db.attempt.findMany()
      expect(rows.map(({ key }) => key.replace(/:[\w-]{43}$/, '')).sort()).toEqual([
        'account',
        'address',
      ])
    })

    test(
      'the throttle removes what it has forgotten in batches, and nothing that still counts',
      { tags: ['D19'] },
      async () => {
        const { db, clock, fail, failTimes } = await setUp()
        const [attempts] = expiredRows(db, { retention: 0 }).others
        for (let each = 0; each < 6; each++)
          await fail({ account: 'ada', address: `192.0.2.${each}` })
        clock.advance(30 * minutes)
        await failTimes(5, { account: 'bob', address: '198.51.100.1' })
        clock.advance(30 * minutes)
        const steps = []
        for await (const removed of attempts!(clock.now(), () => 5)) steps.push(removed)
        expect(steps).toEqual([5, 5, 2])
        expect(await db.attempt.count()).toBe(2)
      },
    )

    test('the throttle lets no attempt through where it cannot count', async () => {
      const { db, throttle, checks, fail } = await setUp()
      await db.$executeRawUnsafe('DROP TABLE "Attempt"')
      await expect(throttle.guard(ada, async () => 'in')).rejects.toThrow(SessionStoreUnavailable)
      await expect(throttle.guardRegistration(null, async () => 'made')).rejects.toThrow(
        SessionStoreUnavailable,
      )
      await expect(fail()).rejects.toThrow(SessionStoreUnavailable)
      expect(checks()).toBe(0)
    })
  })
}

function readRefusal(error: unknown): 'wrong' | number {
  if (error instanceof InvalidCredentials) return 'wrong'
  if (error instanceof TooManyAttempts) return error.retryAfter
  throw error
}
