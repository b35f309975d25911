import { expect, describe, test } from 'vitest'
import { startServer } from '../harness.ts'
import { memcachedProgram, startMemcached } from '../memcached-server.ts'

const look = '{ me { username } session { keys value(key: "note") } }'
const write =
  'mutation ($value: JSON!) { setSessionValue(key: "note", value: $value) { __typename ... on Error { code } ... on SessionTooLargeError { limit } } }'

describe.skipIf(memcachedProgram === null)(
  'sessions in Memcached',
  { meta: { engine: 'Memcached' } },
  () => {
    // It takes more than thirty days for a date of long ago.
    test(
      'a session in Memcached may last for longer than thirty days',
      { tags: ['H11'] },
      async () => {
        const memcached = await startMemcached()
        const server = await startServer({
          SESSION_ENGINE: 'cache',
          CACHE_URL: `memcached://${memcached.name}`,
          SESSION_COOKIE_AGE: String(31 * 24 * 60 * 60),
          SESSION_ABSOLUTE_AGE: '0',
        })
        try {
          const visitor = await server.signedIn('patient')
          await visitor.data(write, { value: 'kept' })
          // Its clock ticks once a second.
          await new Promise((done) => setTimeout(done, 1500))
          expect(await visitor.data(look)).toEqual({
            me: { username: 'patient' },
            session: { keys: ['note'], value: 'kept' },
          })
        } finally {
          await server.stop()
          await memcached.stop()
        }
      },
    )

    test(
      'what is too large for Memcached is refused, and what was there stays',
      { tags: ['H12'] },
      async () => {
        const memcached = await startMemcached()
        const server = await startServer({
          SESSION_ENGINE: 'cache',
          CACHE_URL: `memcached://${memcached.name}`,
        })
        try {
          const visitor = await server.signedIn('large')
          await visitor.data(write, { value: 'small' })
          const refused = await visitor.data(write, { value: 'x'.repeat(70_000) })
          expect(refused.setSessionValue).toEqual({
            __typename: 'SessionTooLargeError',
            code: 'SESSION_TOO_LARGE',
            limit: 65_536,
          })
          expect((await visitor.data(look)).session.value).toBe('small')
        } finally {
          await server.stop()
          await memcached.stop()
        }
      },
    )

    test('no cookie is a command or a name to Memcached', { tags: ['H12'] }, async () => {
      const memcached = await startMemcached()
      const server = await startServer({
        SESSION_ENGINE: 'cache',
        CACHE_URL: `memcached://${memcached.name}`,
      })
      try {
        const visitor = await server.signedIn('plain')
        for (const cookie of [
          'a%0d%0aflush_all%0d%0a',
          'coatcheck:session:x',
          'x'.repeat(300),
          'a flush_all',
        ])
          expect((await server.visitor(cookie).data(look)).me).toBeNull()
        expect((await visitor.data(look)).me).toEqual({ username: 'plain' })
        const names = [...(await memcached.dump()).matchAll(/^key=(\S+)/gm)].map(([, name]) => name)
        for (const name of names)
          expect(decodeURIComponent(name!)).toMatch(/^coatcheck:session:[0-9a-f]{64}$/)
      } finally {
        await server.stop()
        await memcached.stop()
      }
    })
  },
)
