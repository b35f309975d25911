import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { networkOf } from '../../src/auth/throttle/network.ts'
import { databaseKind } from '../../src/database/database.ts'
import { postgresqlProgram, startPostgresql } from '../postgresql-server.ts'
import type { PostgresqlServer } from '../postgresql-server.ts'
import { describeThrottle } from './describe-throttle.ts'

const folder = mkdtempSync(join(tmpdir(), 'coatcheck-throttle-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let made = 0
describeThrottle('SQLite', async () => {
  const url = `file:${join(folder, `${++made}.db`)}`
  await databaseKind(url).migrate(url)
  return url
})

describe.skipIf(postgresqlProgram === null)('PostgreSQL', () => {
  let server: PostgresqlServer
  beforeAll(async () => {
    server = await startPostgresql()
  })
  afterAll(() => server?.stop())

  describeThrottle('PostgreSQL', () => server.database())
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['::ffff:c000:201', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  [null, 'unknown'],
])('the throttle counts %s as the network %s', { tags: ['D17'] }, (address, network) => {
  expect(networkOf(address)).toBe(network)
})
