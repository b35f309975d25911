import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../process.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'coatcheck-secret-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each<[string, Record<string, string>, string]>([
  ['no secret', {}, 'SECRET_KEY: Needed in production'],
  ['an empty one', { SECRET_KEY: '' }, 'SECRET_KEY: Needed in production'],
  ['one of 31 bytes', { SECRET_KEY: 'x'.repeat(31) }, 'SECRET_KEY: At least 32 bytes.'],
  ['a placeholder', { SECRET_KEY: 'changeme' }, 'SECRET_KEY: At least 32 bytes.'],
  [
    'a short fallback',
    { SECRET_KEY: 'x'.repeat(32), SECRET_KEY_FALLBACKS: 'changeme' },
    'SECRET_KEY_FALLBACKS: At least 32 bytes each.',
  ],
])(
  'in production, with %s, the server does not start, and says why',
  { tags: ['I9'] },
  async (_what, secret, sentence) => {
    for (const engine of ['signed-cookies', 'database']) {
      const { code, output, errors } = await runCommand(folder, ['serve'], {
        NODE_ENV: 'production',
        SESSION_ENGINE: engine,
        ...secret,
      })
      expect(code).not.toBe(0)
      expect(output + errors).toContain(sentence)
      expect(output + errors).not.toContain('    at ')
    }
    expect(readdirSync(folder)).toEqual([])
  },
)

test('what we publish holds no secret to copy', { tags: ['I9'] }, () => {
  for (const path of [
    'README.md',
    '.env.example',
    'docs/operate.md',
    'docs/engines.md',
    'docs/django.md',
  ]) {
    const text = readFileSync(path, 'utf8')
    expect([path, text.match(/SECRET_KEY(_FALLBACKS)?=[^\s`|]{8,}/g)]).toEqual([path, null])
  }
})
