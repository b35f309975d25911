import { ms, openServer, plant, quantile, ratio } from './setting.mjs'

export const title = 'Requests while 100,000 expired sessions are removed'

export async function measure() {
  const { app, ask, close } = await openServer()
  const read = '{ me { username } }'
  const alone = await requestsUntil(ask, read, new Promise((done) => setTimeout(done, 2000)))
  await plant(app, 0, 100_000, Date.now() - 1000)
  const batches = []
  let last = performance.now()
  const started = last
  const clearing = app.sessions.clearExpired({ client: null }, () => {
    batches.push(performance.now() - last)
    last = performance.now()
  })
  const beside = await requestsUntil(ask, read, clearing)
  const removed = await clearing
  if (removed !== 100_000) throw new Error(`removed ${removed}`)
  const took = performance.now() - started
  await close()
  return {
    'removed, in all': `${removed} rows in ${ms(took)}`,
    'one batch of 500: median, longest': `${ms(quantile(batches, 0.5))}, ${ms(Math.max(...batches))}`,
    'a request alone: median, longest (baseline)': `${ms(quantile(alone, 0.5))}, ${ms(Math.max(...alone))}`,
    'a request meanwhile: median, longest': `${ms(quantile(beside, 0.5))}, ${ms(Math.max(...beside))}`,
    'longest wait, in longest batches': ratio(Math.max(...beside), Math.max(...batches)),
  }
}

async function requestsUntil(ask, query, end) {
  const times = []
  let isOver = false
  void end.then(() => (isOver = true))
  while (!isOver) {
    const start = performance.now()
    await ask(query)
    times.push(performance.now() - start)
  }
  return times
}
