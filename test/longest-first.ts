import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

/**
 * The files that take longest, which a run begins with: one that begins last would run on alone. Vitest goes by what a file took
 * the last time, and in a fresh checkout by its size, which tells nothing of these.
 */
const longest = [
  'test/schedules/explorer.test.ts',
  'test/graphql/promises-redis.test.ts',
  'test/graphql/promises-postgresql.test.ts',
  'test/rolling-upgrade.test.ts',
  'test/workers/hung-starts.test.ts',
  'test/revocation-storm.test.ts',
  'test/chaos/postgresql-failover.test.ts',
  'test/chaos/redis-cluster.test.ts',
  'test/package/package.test.ts',
  'test/storefront/storefront.test.ts',
  'test/guests-while-moving.test.ts',
  'test/ends-while-moving.test.ts',
  'test/moving-while-serving.test.ts',
  'test/graphql/promises-cached-database.test.ts',
  'test/graphql/killed-server.test.ts',
  'test/graphql/endings.test.ts',
  'test/graphql/touch.test.ts',
  'test/bus/pgbouncer.test.ts',
  'test/upkeep/two-processes.test.ts',
  'test/workers/hung-workers.test.ts',
  'test/metrics/workers.test.ts',
  'test/chaos/storm.test.ts',
  'test/chaos/words-before-ends.test.ts',
  'test/session/interrupted-moves.test.ts',
  'test/graphql/promises-custom.test.ts',
  'test/anonymous.test.ts',
  'test/graphql/promises-moving.test.ts',
  'test/graphql/promises-signed-cookies.test.ts',
  'test/graphql/promises-memcached.test.ts',
  'test/graphql/promises-file.test.ts',
  'test/graphql/two-processes-database.test.ts',
  'test/graphql/two-processes-own-engine.test.ts',
  'test/graphql/ends-beside-logins.test.ts',
  'test/security/hostile.test.ts',
  'test/security/memory.test.ts',
  'test/session/redis-sentinels.test.ts',
  'test/commands/lists.test.ts',
  'test/auth/throttle.test.ts',
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
