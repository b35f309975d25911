// Two workers that serve next to nothing, under the primary of `serve`: each answers with its pid, and `/loop` hangs the worker
// that takes it. Beats come so often that a test need not wait for half a minute.
import { createServer } from 'node:http'
import { joinTeam } from '../../src/workers/membership.ts'
import { startPrimary } from '../../src/workers/primary.ts'

const say = (details: object, msg: string) => console.log(JSON.stringify({ ...details, msg }))

if (process.argv[2] === 'worker') await serve()
else {
  const primary = startPrimary({
    size: 2,
    origins: { environment: { PORT: process.env['PORT'] } },
    log: { info: say, warn: say },
    patience: 1_000,
    beatEvery: 500,
  })
  say({ url: await primary.serving }, 'all serve')
}

async function serve(): Promise<void> {
  const membership = (await joinTeam())!
  const server = createServer((request, response) => {
    while (request.url === '/loop');
    response.end(`${process.pid}`)
  })
  const port = Number(membership.origins.environment['PORT'])
  server.listen(port, '127.0.0.1', () => membership.serving(`http://127.0.0.1:${port}`))
  await membership.stopped
  process.exit()
}
