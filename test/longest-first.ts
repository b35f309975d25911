import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * The files that take longest, which a run begins with: one that begins last would run on alone. Vitest goes by what a file took
 * the last time, and in a fresh checkout by its size, which tells nothing of these. Behind two that compute comes one that waits, for
 * clocks and timeouts, so that the processors have something to do meanwhile.
 */
const longest = [
  'test/graphql/promises-redis.test.ts',
  'test/graphql/graphiql.test.ts',
  'test/chaos/redis-cluster.test.ts',
  'test/schedules/explorer.test.ts',
  'test/rolling-upgrade.test.ts',
  'test/one-engine-away.test.ts',
  'test/workers/workers.test.ts',
  'test/storefront/storefront.test.ts',
  'test/workers/hung-starts.test.ts',
  'test/package/package.test.ts',
  'test/ends-while-moving.test.ts',
  'test/metrics/workers.test.ts',
  'test/revocation-storm.test.ts',
  'test/admin/browser.test.ts',
  'test/upkeep/two-processes.test.ts',
  'test/graphql/promises-postgresql.test.ts',
  'test/graphql/promises-cached-database.test.ts',
  'test/session/redis-store.test.ts',
  'test/moving-while-serving.test.ts',
  'test/commands/shell.test.ts',
  'test/metrics/sessions-that-open.test.ts',
  'test/admin/keyboard.test.ts',
  'test/session/interrupted-moves.test.ts',
  'test/chaos/storm.test.ts',
  'test/graphql/throttle.test.ts',
  'test/chaos/postgresql-failover.test.ts',
  'test/database/postgresql.test.ts',
  'test/graphql/killed-server.test.ts',
  'test/graphql/promises-memcached.test.ts',
  'test/bus/redis.test.ts',
  'test/admin/phone.test.ts',
  'test/graphql/session-events.test.ts',
  'test/chaos/words-before-ends.test.ts',
  'test/graphql/key-changes.test.ts',
  'test/graphql/endings.test.ts',
  'test/guests-while-moving.test.ts',
  'test/graphql/promises-file.test.ts',
  'test/graphql/two-processes-database.test.ts',
  'test/database/waiting-migration.test.ts',
  'test/graphql/promises-moving.test.ts',
  'test/admin/session-over-browser.test.ts',
  'test/bus/link.test.ts',
  'test/commands/lists.test.ts',
  'test/moving.test.ts',
  'test/graphql/touch.test.ts',
  'test/admin/journeys.test.ts',
  'test/anonymous.test.ts',
  'test/chaos/silent-bus.test.ts',
  'test/security/hostile.test.ts',
  'test/graphql/two-processes-own-engine.test.ts',
  'test/workers/hung-workers.test.ts',
  'test/graphql/promises-signed-cookies.test.ts',
  'test/auth/throttle.test.ts',
  'test/database/grown-tables.test.ts',
  'test/graphql/ends-beside-logins.test.ts',
  'test/graphql/promises-custom.test.ts',
  'test/bus/pgbouncer.test.ts',
  'test/chaos/shortened.test.ts',
  'test/session/file-store.test.ts',
  'test/session/redis-sentinels.test.ts',
  'test/security/slow-clients.test.ts',
]

const moved = longest.filter((path) => !existsSync(path))
if (moved.length > 0) throw new Error(`test/longest-first.ts names what is not there: ${moved}`)

/** Puts them first. A class, since Vitest can only be given one. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const place = ({ moduleId }: TestSpecification) => {
      const at = longest.indexOf(relative(this.ctx.config.root, moduleId))
      return at === -1 ? longest.length : at
    }
    return sorted.sort((a, b) => place(a) - place(b))
  }
}
