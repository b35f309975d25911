import type { DefaultConnectionArguments } from '@pothos/plugin-relay'
import { deviceOf } from '../../http/device.ts'
import type { Sessions } from '../../auth/use-cases.ts'
import type { SessionFilter } from '../../auth/sessions/session-filter.ts'
import type { ListedSession } from '../../auth/sessions/session-list.ts'
import { endedAtOf, isAlive, reasonOf } from '../../auth/roster/why-ended.ts'
import type { CoreBuilder } from '../builder.ts'
import type { Context } from '../context.ts'
import { readPage } from '../keyset.ts'
import { totalCountWords } from '../page-words.ts'

/** What the server stores of sessions: rows of the roster, and the data of records. */
export interface SessionRecordParts {
  readonly sessions: Pick<Sessions, 'look' | 'count' | 'dataOf'>
}

/** A row of the roster, as its owner and staff see it. Returns the type of a page of them. */
export function addSessionRecord(builder: CoreBuilder, { sessions }: SessionRecordParts) {
  builder.objectType('SessionRecord', {
    description: 'A session as it is stored. Shows a device to its owner and a session to staff.',
    fields: (t) => ({
      id: t.exposeID('id', { description: "Its public name. Never the cookie's secret." }),
      user: t.expose('user', {
        type: 'User',
        nullable: true,
        description: 'Who is signed in. Null for a guest.',
      }),
      isCurrent: t.boolean({
        description: 'Is it the session that asks?',
        resolve: async ({ id }, _args, { session }) => id === (await session.id()),
      }),
      isActive: t.boolean({
        description: 'Can it still be used?',
        resolve: (row, _args, { now }) => isAlive(row, now()),
      }),
      createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
      lastSeenAt: t.expose('lastSeenAt', {
        type: 'DateTime',
        description:
          'The last activity that was written down: behind the truth by a tenth of the idle age at most.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        description: 'When it ends if nothing more happens.',
      }),
      endedAt: t.field({
        type: 'DateTime',
        nullable: true,
        description: 'When it was ended. Null where it was not: an expired one ended at expiresAt.',
        resolve: endedAtOf,
      }),
      endReason: t.field({
        type: 'SessionEndReason',
        nullable: true,
        description: 'Why it is over. Null while it is not.',
        resolve: (row, _args, { now }) => reasonOf(row, now()),
      }),
      ipAddress: t.exposeString('ipAddress', {
        nullable: true,
        description: 'Where its last login came from.',
      }),
      userAgent: t.exposeString('userAgent', {
        nullable: true,
        description: 'What that login said of its browser.',
      }),
      device: t.string({
        nullable: true,
        description: 'For people, read from the user agent: Firefox on Linux.',
        resolve: ({ userAgent }) => deviceOf(userAgent),
      }),
      data: t.field({
        type: 'JSON',
        nullable: true,
        description:
          "The decoded data. Null where the engine keeps it out of the server's reach (signed cookies).",
        authScopes: { staff: true },
        resolve: (row) => sessions.dataOf(row),
      }),
    }),
  })

  const connection = builder.connectionObject<
    'SessionRecord',
    { totalCount: () => Promise<number> }
  >(
    {
      type: 'SessionRecord',
      name: 'SessionRecordConnection',
      fields: (t) => ({
        totalCount: t.int({
          description: totalCountWords,
          resolve: ({ totalCount }) => totalCount(),
        }),
      }),
    },
    { name: 'SessionRecordEdge' },
  )

  return { connection, read }

  /** A page of the sessions that the filter matches, newest first. */
  async function read(
    { budget, session }: Context,
    filter: SessionFilter,
    args: DefaultConnectionArguments,
  ) {
    await session.record() // a touch that is due comes first: the caller's own may be in the list, and must agree with the cookie
    return readPage<ListedSession>(args, budget, {
      name: 'sessions',
      instantOf: ({ createdAt }) => createdAt,
      find: (range) => sessions.look(filter, range),
      count: () => sessions.count(filter),
    })
  }
}

/** The type of a page of session records, which several fields return. */
export type SessionPages = ReturnType<typeof addSessionRecord>
