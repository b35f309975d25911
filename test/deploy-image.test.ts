import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { findMistyped } from '../src/config/misnamed.ts'
import { runCommand } from './process.ts'

test('a settings file, data and modules of this machine stay out of an image', () => {
  const ignored = readFileSync('deploy/Dockerfile.dockerignore', 'utf8').split('\n')
  expect(ignored).toEqual(expect.arrayContaining(['.env', 'data', 'node_modules', '.git']))
})

test('what the steps of deploy/Dockerfile put into an empty folder serves, and answers its health check', () => {
  // --built: npm has installed and built before the tests.
  const output = execFileSync('node', ['scripts/try-image.mjs', '--built'], { encoding: 'utf8' })
  expect(output).toMatch(/Every step was carried out, and the server was ready\.\n$/)
})

/** What is looked at of a service. */
interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly environment: Readonly<Record<string, string>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: object
  readonly ports?: readonly string[]
  readonly volumes: readonly string[]
}

test('deploy/compose.yaml gives the image settings that it knows, and a production server can use', async () => {
  const text = readFileSync('deploy/compose.yaml', 'utf8')
  const { services, volumes } = parse(text) as {
    readonly services: Readonly<Record<string, Service>>
    readonly volumes: object
  }
  const { coatcheck } = services
  if (coatcheck === undefined) throw new Error('There is no service coatcheck.')
  const { context = '', dockerfile = '' } = coatcheck.build ?? {}
  const folder = join('deploy', context)
  expect(existsSync(join(folder, dockerfile))).toBe(true)
  const image = readFileSync(join(folder, dockerfile), 'utf8')
  expect(coatcheck.ports).toEqual([`127.0.0.1:4000:${/^EXPOSE (\d+)$/m.exec(image)?.[1]}`])
  for (const [name, { condition }] of Object.entries(coatcheck.depends_on ?? {}))
    expect([condition, services[name]?.healthcheck]).toEqual(['service_healthy', expect.anything()])
  for (const { volumes: used } of Object.values(services))
    for (const volume of used) expect(Object.keys(volumes)).toContain(volume.split(':')[0])

  const [, steps = ''] = /^ENV (.*)$/m.exec(image) ?? []
  const ofImage = Object.fromEntries(steps.split(' ').map((pair) => pair.split('=')))
  // What the operator has to give is long enough for a key, and stands in a URL as it is.
  const given = 'a-secret-of-more-than-thirty-two-characters'
  const settings = Object.fromEntries(
    Object.entries(coatcheck.environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{\w+[^}]*\}/g, given),
    ]),
  )
  expect(findMistyped({ ...ofImage, ...settings })).toEqual([])
  const { code, output } = await runCommand(tmpdir(), ['config', '--given', '--json'], {
    ...ofImage,
    ...settings,
  })
  const inForce = (JSON.parse(output) as { variable: string; value: string }[]).map(
    (one) => one.variable,
  )
  expect([code, inForce]).toEqual([0, expect.arrayContaining(Object.keys(settings))])
})
