import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import './graphql/more-fields.ts'
import { loginDocument, password, startServer } from './harness.ts'

test('nothing in the database file, a list or a log works as a cookie, or is a password', async () => {
  const server = await startServer({ LOG_LEVEL: 'trace' })
  const keys: string[] = []
  const chief = await server.signedIn('chief', { isStaff: true })
  const ada = await server.signedIn('ada')
  const guest = server.visitor()
  await guest.data('mutation { setSessionValue(key: "note", value: "kept") { __typename } }')
  keys.push(ada.cookie!, guest.cookie!)
  await ada.data(loginDocument, { username: 'ada', password })
  await ada.send(loginDocument, { username: 'ada', password: 'a wrong password of ada' })
  await ada.send('mutation { failAfterWriting }')
  await ada.send('{ nope }', {}, { cookie: `sessionid=${ada.cookie}; other=1` })
  keys.push(ada.cookie!, chief.cookie!)

  const listed = await chief.send(
    '{ sessions(first: 100, filter: { status: ANY }) { nodes { id data userAgent } edges { cursor } } session { id } me { id } }',
  )
  const files = readdirSync(server.folder).map((file) =>
    readFileSync(join(server.folder, file), 'latin1'),
  )
  const haystacks = [...files, JSON.stringify(listed.data), JSON.stringify(server.logs)]
  expect(files.join('').length).toBeGreaterThan(50_000)
  expect(haystacks.join('')).toContain('kept')
  for (const secret of [...keys, password, 'a wrong password of ada']) {
    for (const text of haystacks) expect(text.includes(secret)).toBe(false)
  }

  const candidates = new Set(haystacks.join('\n').match(/[A-Za-z0-9_-]{20,}/g))
  expect(candidates.size).toBeGreaterThan(10)
  for (const candidate of candidates) {
    for (const cookie of [candidate, Buffer.from(candidate, 'hex').toString('base64url')]) {
      const { session } = await server.visitor(cookie).data('{ session { id } }')
      expect(session.id).toBeNull()
    }
  }
  await server.stop()
})
