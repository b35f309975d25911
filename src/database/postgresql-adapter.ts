import type { SqlDriverAdapterFactory, SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils'

/**
 * Prisma's adapter with a `contains`, `startsWith` and `endsWith` that ignore case, as on SQLite: what a caller finds must
 * not depend on the database. Prisma's own option for it, `mode: 'insensitive'`, does not exist for SQLite.
 */
export function ignoringCase(factory: SqlDriverAdapterFactory): SqlDriverAdapterFactory {
  const { provider, adapterName } = factory
  return {
    provider,
    adapterName,
    async connect() {
      const adapter = await factory.connect()
      const start = adapter.startTransaction.bind(adapter)
      return Object.assign(asking(adapter), {
        startTransaction: async (...words: Parameters<typeof start>) =>
          asking(await start(...words)),
      })
    },
  }
}

function asking<Asked extends SqlQueryable>(asked: Asked): Asked {
  const [queryRaw, executeRaw] = [asked.queryRaw.bind(asked), asked.executeRaw.bind(asked)]
  return Object.assign(asked, {
    queryRaw: (query: SqlQuery) => queryRaw(caseless(query)),
    executeRaw: (query: SqlQuery) => executeRaw(caseless(query)),
  })
}

/** Values are parameters, so that no text of a caller's is in the statement. */
function caseless(query: SqlQuery): SqlQuery {
  if (!query.sql.includes(' LIKE ')) return query
  return { ...query, sql: query.sql.replaceAll(' LIKE ', ' ILIKE ') }
}
