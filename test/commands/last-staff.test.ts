import { afterAll, beforeAll, expect, test } from 'vitest'
import { startServer } from '../harness.ts'
import type { TestServer } from '../harness.ts'
import { runCommand } from '../process.ts'

let server: TestServer
let environment: Record<string, string>
beforeAll(async () => {
  server = await startServer()
  environment = {
    DATABASE_URL: `file:${server.folder}/test.db`,
    SECRET_KEY: 'Zk3vYxqJm0kS9dTzWn7RfUe2LhBgAoCi5Q8M4Et',
    PORT: '0',
  }
  await server.signedIn('admin', { isStaff: true })
  await server.signedIn('grace', { isStaff: true })
  await server.signedIn('ada')
})
afterAll(() => server.stop())

const run = (words: string[], more: Record<string, string> = {}) =>
  runCommand(server.folder, words, { ...environment, ...more })

async function staffFindings(more: Record<string, string> = {}) {
  const { output } = await run(['check', '--json'], more)
  const findings = JSON.parse(output) as { level: string; about: string; says: string }[]
  return findings.flatMap(({ level, about, says }) =>
    says.includes('taff user') ? [`${level} ${about}`] : [],
  )
}

async function needsYes(words: string[], what: string) {
  const { code, errors } = await run(words)
  expect([code, errors]).toEqual([
    2,
    expect.stringContaining(
      `${what} admin, the last active staff user in ${server.folder}/test.db`,
    ),
  ])
  expect(errors).toContain('say --yes. Nothing was done.')
  expect(await staffFindings()).toEqual([])
}

const warning =
  'No active staff user is left. Make one with "coatcheck create-superuser", or of a user with "coatcheck users promote <username>".\n'

test('a command that takes the last active staff user away asks for --yes and warns, and check then finds that there is none', async () => {
  expect(await run(['users', 'demote', 'grace'])).toMatchObject({ code: 0, errors: '' })
  expect(await staffFindings()).toEqual([])
  expect(await run(['users', 'deactivate', 'ada'])).toMatchObject({ code: 0, errors: '' })

  await needsYes(['users', 'deactivate', 'admin'], 'Deactivate')
  const deactivated = await run(['users', 'deactivate', 'admin', '--yes', '--json'])
  expect([deactivated.code, deactivated.errors]).toEqual([0, warning])
  expect(JSON.parse(deactivated.output)).toMatchObject({ user: { isActive: false } })
  expect(await staffFindings()).toEqual(['WARNING staff'])
  expect(await staffFindings({ ADMIN: 'false' })).toEqual([])
  expect(await run(['users', 'activate', 'admin'])).toMatchObject({ code: 0, errors: '' })

  await needsYes(['users', 'demote', 'admin'], 'Take the rights of staff from')
  const demoted = await run(['users', 'demote', 'admin', '--yes'])
  expect(demoted).toMatchObject({
    code: 0,
    errors: warning,
    output: 'The user admin is staff no longer.\n',
  })
  expect(await staffFindings()).toEqual(['WARNING ADMIN_USERNAME'])
  // Under another name the next start makes one.
  expect(await staffFindings({ ADMIN_USERNAME: 'root' })).toEqual([])
  expect(await staffFindings({ NODE_ENV: 'production' })).toEqual(['WARNING ADMIN_PASSWORD'])

  expect(await run(['users', 'promote', 'admin'])).toMatchObject({ code: 0, errors: '' })
  expect(await run(['users', 'delete', 'ada', '--yes'])).toMatchObject({ code: 0, errors: '' })
  await needsYes(['users', 'delete', 'admin'], 'Erase the user')
  expect(await run(['users', 'delete', 'admin', '--yes'])).toMatchObject({
    code: 0,
    errors: warning,
  })
})
