// Two workers that serve next to nothing, under the primary of `serve`: each answers with its pid, and `/loop` hangs the worker
// that takes it. Beats come so often that a test need not wait for half a minute. With SLOW a worker takes several beats to start:
// it waits, and then does work that lets nothing else be done.
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { joinTeam } from '../../src/workers/membership.ts'
import type { Membership } from '../../src/workers/membership.ts'
import { startPrimary } from '../../src/workers/primary.ts'

const say = (details: object, msg: string) => console.log(JSON.stringify({ ...details, msg }))

if (process.argv[2] === 'worker') await serve()
else {
  const primary = startPrimary({
    size: 2,
    origins: { environment: { PORT: process.env['PORT'], SLOW: process.env['SLOW'] } },
    log: { info: say, warn: say },
    patience: 1_000,
    beatEvery: 500,
  })
  say({ url: await primary.serving }, 'all serve')
}

async function serve(): Promise<void> {
  const membership = (await joinTeam())!
  say({ worker: process.pid }, 'a worker begins')
  const { PORT, SLOW } = membership.origins.environment
  if (SLOW) await startSlowly(membership)
  const server = createServer((request, response) => {
    while (request.url === '/loop');
    response.end(`${process.pid}`)
  })
  const port = Number(PORT)
  server.listen(port, '127.0.0.1', () => membership.serving(`http://127.0.0.1:${port}`))
  await membership.stopped
  process.exit()
}

/** Each part takes longer than a worker that serves may be silent. */
async function startSlowly({ team }: Membership): Promise<void> {
  await sleep(5_000)
  await team.whileBusy(async () =>
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000),
  )
}
