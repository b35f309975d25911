import { expect, test } from 'vitest'
import { startServer } from './harness.ts'
import { parseMetrics } from './metrics/parse.ts'

test('the warm-up has asked the database what a signed-in read asks before the first visitor comes', async () => {
  const asked: string[] = []
  const server = await startServer({}, { onStatement: (sql) => asked.push(textOf(sql)) })
  const visitor = await server.signedIn('ada')
  asked.length = 0
  await server.app.warm()
  const warmed = new Set(asked)
  asked.length = 0
  await visitor.data('{ me { id username } }')
  expect(asked.filter((sql) => !warmed.has(sql))).toEqual([])
  expect(asked.length).toBeGreaterThan(0)
  await server.stop()
})

test('the warm-up stores nothing, signs no user in, and is counted as no login and no throttled attempt, and uses up no attempts of a visitor', async () => {
  const server = await startServer({ METRICS_PORT: '0' })
  const { db } = server.app
  await server.app.warm()
  const counts = await Promise.all([db.user.count(), db.session.count(), db.auditEvent.count()])
  expect(counts).toEqual([0, 0, 0])
  const attempts = await db.attempt.findMany()
  expect(attempts.map(({ points }) => points)).toEqual(attempts.map(() => 0))
  const { samples } = parseMetrics((await server.app.metrics?.text()) ?? '')
  const counted = samples.filter(({ name }) => /_(logins|throttle_refusals)_total$/.test(name))
  expect(counted.map(({ value }) => value)).toEqual([0, 0, 0, 0, 0])
  await server.stop()
})

/** A statement without its values, which the driver writes into what it tells. */
function textOf(sql: string): string {
  return sql.replaceAll(/'[^']*'(\/\*.*?\*\/)?|\b\d+(\.\d+)?\b/g, '?')
}
