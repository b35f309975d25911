import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readDjangoHash } from '../../src/auth/passwords/django-password.ts'
import { createPasswordHasher } from '../../src/auth/passwords/password.ts'
import { password } from '../harness.ts'

// The hashes of the fixture are made by test/fixtures/django-users.py, with other implementations than ours: Python's
// hashlib for PBKDF2 and scrypt, OpenSSL for argon2id. Those below were made in the same way.
const users = JSON.parse(readFileSync('test/fixtures/django-users.json', 'utf8')) as {
  fields: { username: string; password: string }
}[]
const hashOf = (username: string) =>
  users.find(({ fields }) => fields.username === username)?.fields.password ?? ''

const hasher = createPasswordHasher()

describe.each([
  ['argon2', 'ada'],
  ['pbkdf2_sha256', 'blaise'],
  ['scrypt of Django 5.1 and later, five lanes', 'charles'],
  ['scrypt of Django 4.0 to 5.0, one lane', 'grace'],
])("Django's %s", (_algorithm, username) => {
  const stored = hashOf(username)

  test('a hash of Django opens to its password, and to nothing near it', async () => {
    expect(await hasher.verify(stored, password)).toBe(true)
    for (const other of [`${password} `, password.toUpperCase(), 'x', '\0'])
      expect([other, await hasher.verify(stored, other)]).toEqual([other, false])
  })

  test('a hash of Django is replaced by one of ours at the next login', { tags: ['D2'] }, () => {
    expect(hasher.needsUpgrade(stored)).toBe(true)
  })

  test('a hash of Django with another byte opens to no password', async () => {
    const last = stored.replace(/([A-Za-z0-9])([A-Za-z0-9+/]=*)$/, (_all, one: string, rest) => {
      return (one === 'A' ? 'B' : 'A') + rest
    })
    expect(await hasher.verify(last, password)).toBe(false)
  })
})

test('a password is compared with a hash of Django in the form it was typed in, as Django does', async () => {
  expect(await hasher.verify(hashOf('emile'), 'cafe\u0301 cre\u0300me')).toBe(true)
  expect(await hasher.verify(hashOf('emile'), 'caf\u00e9 cr\u00e8me')).toBe(false)
})

test('an unusable password opens to nothing', { tags: ['D5'] }, async () => {
  for (const stored of [hashOf('linus'), '!', '!x'])
    for (const offered of [password, '!', '!x', stored])
      expect(await hasher.verify(stored, offered)).toBe(false)
})

const argon2Of = (parameters: string) =>
  `argon2$argon2id$v=19$${parameters}$c2FsdHNhbHRzYWx0c2FsdA$${'A'.repeat(43)}`
const pbkdf2Of = (iterations: string, salt = 'salt') =>
  `pbkdf2_sha256$${iterations}$${salt}$${'A'.repeat(43)}=`
const scryptOf = (N: string, r: string, p: string) =>
  `scrypt$${N}$salt$${r}$${p}$${'A'.repeat(86)}==`

test.each([
  argon2Of('m=262144,t=8,p=16'),
  pbkdf2Of('5000000'),
  scryptOf('131072', '8', '4'),
  scryptOf('32768', '8', '16'),
])('a hash of Django at the bounds is read: %s', (stored) => {
  expect(readDjangoHash(stored, async () => true)).not.toBeNull()
})

test.each([
  argon2Of('m=262145,t=2,p=1'),
  argon2Of('m=102400,t=9,p=1'),
  argon2Of('m=102400,t=2,p=17'),
  argon2Of('m=102400,t=0,p=1'),
  pbkdf2Of('5000001'),
  pbkdf2Of('0'),
  pbkdf2Of('-1'),
  pbkdf2Of('1e9'),
  scryptOf('262144', '8', '1'),
  scryptOf('131072', '8', '8'),
  scryptOf('16384', '128', '1'),
  scryptOf('16384', '8', '64'),
  scryptOf('16383', '8', '1'),
  scryptOf('1', '8', '1'),
  scryptOf('16384', '0', '1'),
  scryptOf('16384', '8', '0'),
])('a hash of Django past the bounds, or without sense, is refused without work: %s', (stored) => {
  expect(readDjangoHash(stored, async () => true)).toBeNull()
})

test.each([
  '',
  'argon2',
  'argon2$',
  'argon2$argon2id$v=19$m=102400,t=2,p=8',
  'argon2$argon2id$v=16$m=102400,t=2,p=8$c2FsdHNhbHRzYWx0c2FsdA$AAAAAAAAAAAAAAAAAAAAAA',
  'pbkdf2_sha1$1000$salt$lWJmmXpZrpzPbDLPWdpbKMT6Rqc=',
  'pbkdf2_sha256$1000$$AAAA',
  'pbkdf2_sha256$1000$salt$AAAA',
  pbkdf2Of('1000', 'sa\0lt'),
  pbkdf2Of('1000', 's'.repeat(300)),
  'scrypt$16384$salt$8$1$AAAA',
  'bcrypt_sha256$$2b$12$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99',
  '5f4dcc3b5aa765d61d8327deb882cf99',
])('%j is not read as a hash of Django', async (stored) => {
  expect(readDjangoHash(stored, async () => true)).toBeNull()
  expect(await hasher.verify(stored, password)).toBe(false)
})

test('the check of an argon2 hash of Django gets PHC format, and the text as it was typed', async () => {
  const asked: string[][] = []
  const check = readDjangoHash(hashOf('ada'), async (...question) => asked.push(question) > 0)
  expect(await check?.('cafe\u0301')).toBe(true)
  expect(asked).toEqual([[hashOf('ada').replace(/^argon2/, ''), 'cafe\u0301']])
})

test('a check of a Django hash waits its turn, like all hashes', async () => {
  const { verify } = createPasswordHasher({ concurrency: 1, waiting: 0 })
  const first = verify(hashOf('grace'), password)
  await expect(verify(hashOf('grace'), password)).rejects.toThrow('Too many passwords')
  expect(await first).toBe(true)
})
