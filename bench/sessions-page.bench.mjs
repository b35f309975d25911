import { ms, openServer, plant, quantile, ratio } from './setting.mjs'

export const title =
  'A page of 50 sessions, from the middle of the list, out of a thousand and of a hundred thousand'

export async function measure() {
  const { app, ask, close } = await openServer()
  const alive = Date.now() + 90_000_000
  await plant(app, 0, 1_000, alive)
  const few = await page(ask, 500)
  await plant(app, 1_000, 100_000, alive)
  const many = await page(ask, 50_000)
  await close()
  return {
    'median, 1,000 rows (baseline)': ms(few),
    'median, 100,000 rows': ms(many),
    'ratio: 1 where a page costs the same whatever the table holds': ratio(many, few),
  }
}

async function page(ask, depth) {
  const query =
    'query ($after: String) { sessions(first: 50, after: $after) { nodes { id createdAt } pageInfo { endCursor } } }'
  const row = `planted${String(depth).padStart(8, '0')}`
  const { sessionRecord } = await ask('query ($id: ID!) { sessionRecord(id: $id) { createdAt } }', {
    id: row,
  })
  const after = Buffer.from(`sessions.${Date.parse(sessionRecord.createdAt)}.${row}`).toString(
    'base64url',
  )
  const times = []
  for (let round = 0; round < 120; round++) {
    const start = performance.now()
    const { sessions } = await ask(query, { after })
    if (sessions.nodes.length !== 50) throw new Error('not a page')
    if (round >= 20) times.push(performance.now() - start)
  }
  return quantile(times, 0.5)
}
