import { expect, test } from 'vitest'
import { startServer } from '../harness.ts'

const hints = ({ logs }: { logs: Record<string, unknown>[] }) =>
  logs.filter(({ msg }) => String(msg).startsWith('TRUST_PROXY: '))

test.each([
  ['x-forwarded-for', '192.0.2.1', 'X-Forwarded-For'],
  ['forwarded', 'for=192.0.2.1', 'Forwarded'],
])('a server that trusts no proxy warns once of requests with %s', async (header, value, name) => {
  const server = await startServer()
  await server.visitor().send('{ me { id } }')
  expect(hints(server)).toEqual([])
  for (let at = 0; at < 3; at++)
    await server.visitor().send('{ me { id } }', {}, { [header]: value })
  expect(hints(server)).toMatchObject([{ level: 40 }])
  expect(hints(server)[0]?.['msg']).toContain(`Requests carry ${name}, and no proxy is trusted.`)
  await server.stop()
})

test('a server that trusts its proxy logs no warning about its headers', async () => {
  const server = await startServer({ TRUST_PROXY: '1' })
  await server.visitor().send('{ me { id } }', {}, { 'x-forwarded-for': '192.0.2.1' })
  expect(hints(server)).toEqual([])
  await server.stop()
})
