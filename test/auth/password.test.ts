import { createHook } from 'node:async_hooks'
import { hash as argon2 } from '@node-rs/argon2'
import { describe, expect, test } from 'vitest'
import { createPasswordHasher } from '../../src/auth/passwords/password.ts'
import { password } from '../harness.ts'
import { ServerBusy } from '../../src/refusals.ts'

// The values of Algorithm and Version: they are const enums, which this build cannot import.
const argon2d = 0
const argon2i = 1
const version16 = 0

const hasher = createPasswordHasher()
const stored = await hasher.hash(password)

/** How many hashes `work` made argon2 compute, and how many of them at a time. */
async function watch(work: () => Promise<unknown>) {
  const running = new Set<number>()
  const seen = { hashes: 0, atOnce: 0 }
  const hook = createHook({
    init(id, type) {
      if (type !== 'undefined') return // the binding gives its work no name
      running.add(id)
      seen.hashes++
      seen.atOnce = Math.max(seen.atOnce, running.size)
    },
    before: (id) => void running.delete(id), // done: its callback is next
  }).enable()
  try {
    await work()
  } finally {
    hook.disable()
  }
  return seen
}

/** A hasher that has something to compare an unknown user's password with already. */
async function createWarmHasher(bounds: Parameters<typeof createPasswordHasher>[0] = {}) {
  const warm = createPasswordHasher(bounds)
  await warm.verify(null, password)
  return warm
}

const times = <Result>(count: number, work: () => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, work))

describe('a hash', { tags: ['D1'] }, () => {
  test('a hash is argon2id with the parameters that OWASP asks for, a salt of 16 bytes and a hash of 32', () => {
    const [, id, version, parameters, salt = '', digest = ''] = stored.split('$')
    expect([id, version]).toEqual(['argon2id', 'v=19'])
    expect(parameters?.split(',').sort()).toEqual(['m=19456', 'p=1', 't=2'])
    expect(Buffer.from(salt, 'base64')).toHaveLength(16)
    expect(Buffer.from(digest, 'base64')).toHaveLength(32)
  })

  test('a hash has a salt of its own each time', async () => {
    expect(await hasher.hash(password)).not.toBe(stored)
  })

  test('a hash does not contain the password', () => {
    expect(stored).not.toContain(password)
  })
})

describe('verify', () => {
  test('verify is true of the password, and of nothing near it', async () => {
    expect(await hasher.verify(stored, password)).toBe(true)
    for (const other of [`${password} `, ` ${password}`, password.toUpperCase(), 'x', '\0']) {
      expect([other, await hasher.verify(stored, other)]).toEqual([other, false])
    }
  })

  test('verify is true of the same text in another normal form', { tags: ['D8'] }, async () => {
    const composed = await hasher.hash('caf\u00e9 cr\u00e8me')
    expect(await hasher.verify(composed, 'cafe\u0301 cre\u0300me')).toBe(true)
    expect(await hasher.verify(composed, 'cafe creme')).toBe(false)
    const decomposed = await hasher.hash('cafe\u0301 cre\u0300me')
    expect(await hasher.verify(decomposed, 'caf\u00e9 cr\u00e8me')).toBe(true)
  })

  test('verify looks at every byte of a long password', { tags: ['D7'] }, async () => {
    const long = 'x'.repeat(1023)
    const kept = await hasher.hash(`${long}a`)
    expect(await hasher.verify(kept, `${long}a`)).toBe(true)
    expect(await hasher.verify(kept, `${long}b`)).toBe(false)
  })

  test('verify is true of a hash with older parameters', { tags: ['D2'] }, async () => {
    const older = await argon2(password, { memoryCost: 4096, timeCost: 3, parallelism: 1 })
    expect(await hasher.verify(older, password)).toBe(true)
    expect(await hasher.verify(older, 'wrong')).toBe(false)
  })

  test.each([
    '',
    '*',
    password,
    '$argon2',
    '$argon2id$v=19$m=19456,p=1,t=2',
    '$argon2x$v=19$m=19456,p=1,t=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaA',
    '$argon2id$v=19$m=19456,p=1,t=2$c2FsdA$aGFzaGhhc2g',
    '$argon2id$v=19$m=7,p=1,t=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2g',
    '$argon2id$v=19$m=8,p=2,t=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2g',
    '$argon2id$v=19$m=19456,p=1,t=0$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2g',
    '$argon2id$v=19$m=99999999,p=1,t=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2g',
    '$argon2id$v=19$m=19456,p=1,t=2,t=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2g',
    '$argon2$v=19$m=19456,p=1,t=2$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2g',
    '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
  ])('verify is false of %j, which is no hash of ours', { tags: ['D5'] }, async (text) => {
    expect(await hasher.verify(text, password)).toBe(false)
  })

  test(
    'verify of an unknown user is false, and computes one hash as for a known one',
    { tags: ['D4', 'D5'] },
    async () => {
      const { verify } = await createWarmHasher()
      const answers: boolean[] = []
      const ask = (known: string | null, offered: string) =>
        watch(async () => answers.push(await verify(known, offered)))
      expect(await ask(null, password)).toEqual({ hashes: 1, atOnce: 1 })
      expect(await ask('*', password)).toEqual({ hashes: 1, atOnce: 1 })
      expect(await ask(stored, 'wrong')).toEqual({ hashes: 1, atOnce: 1 })
      expect(await ask(stored, password)).toEqual({ hashes: 1, atOnce: 1 })
      expect(answers).toEqual([false, false, false, true])
    },
  )
})

describe('a password that cannot be used', { tags: ['D9'] }, () => {
  const unusable: [string, string][] = [
    ['is empty', ''],
    ['has 1,025 bytes', 'x'.repeat(1025)],
    ['has 1,026 bytes in 513 characters', '\u00e9'.repeat(513)],
    ['is no well-formed text', 'correct horse \ud800 staple'],
  ]

  test.each(unusable)(
    'a password that %s makes hash throw a RangeError',
    async (_what, offered) => {
      await expect(hasher.hash(offered)).rejects.toThrow(RangeError)
    },
  )

  test.each(unusable)(
    'a password that %s makes verify false without computing a hash',
    async (_what, offered) => {
      const seen = await watch(async () => {
        expect(await hasher.verify(stored, offered)).toBe(false)
        expect(await hasher.verify(null, offered)).toBe(false)
      })
      expect(seen.hashes).toBe(0)
    },
  )

  test('a password of 1,024 bytes can be hashed and verified', async () => {
    const longest = '\u00e9'.repeat(512)
    expect(await hasher.verify(await hasher.hash(longest), longest)).toBe(true)
  })
})

describe('needsUpgrade', { tags: ['D2'] }, () => {
  test('needsUpgrade is false of a hash made today', () => {
    expect(hasher.needsUpgrade(stored)).toBe(false)
  })

  test.each<[string, Parameters<typeof argon2>[1]]>([
    ['less memory', { memoryCost: 12_288, timeCost: 2, parallelism: 1 }],
    ['more memory', { memoryCost: 65_536, timeCost: 2, parallelism: 1 }],
    ['another number of passes', { memoryCost: 19_456, timeCost: 3, parallelism: 1 }],
    ['another number of lanes', { memoryCost: 19_456, timeCost: 2, parallelism: 2 }],
    ['an older version', { memoryCost: 19_456, timeCost: 2, parallelism: 1, version: version16 }],
    ["Django's parameters", { memoryCost: 102_400, timeCost: 2, parallelism: 8 }],
    [
      'another kind and parameters',
      { algorithm: argon2i, memoryCost: 4096, timeCost: 3, parallelism: 1 },
    ],
    [
      'a third kind and parameters',
      { algorithm: argon2d, memoryCost: 4096, timeCost: 3, parallelism: 1 },
    ],
  ])('needsUpgrade is true of a hash with %s', async (_what, parameters) => {
    expect(hasher.needsUpgrade(await argon2(password, { ...parameters }))).toBe(true)
  })
})

describe('a login storm', { tags: ['K7'] }, () => {
  test('the hasher computes two hashes at a time, and all of them', async () => {
    const crowded = await createWarmHasher()
    const seen = await watch(() =>
      Promise.all([
        times(4, () => crowded.hash(password)),
        times(4, () => crowded.verify(stored, password)),
        times(4, () => crowded.verify(null, password)),
      ]),
    )
    expect(seen).toEqual({ hashes: 12, atOnce: 2 })
  })

  test.each([1, 3])(
    'the hasher computes %i hashes at a time where the caller sets that',
    async (concurrency) => {
      const { hash } = createPasswordHasher({ concurrency })
      const seen = await watch(() => times(6, () => hash(password)))
      expect(seen).toEqual({ hashes: 6, atOnce: concurrency })
    },
  )

  test('the hasher refuses with ServerBusy what is past those that run and those that may wait', async () => {
    const { hash } = createPasswordHasher({ concurrency: 2, waiting: 3 })
    const outcomes = await Promise.allSettled(Array.from({ length: 7 }, () => hash(password)))
    expect(outcomes.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 5 }, () => 'fulfilled'),
      ...Array.from({ length: 2 }, () => 'rejected'),
    ])
    for (const outcome of outcomes.slice(5)) {
      expect(outcome).toMatchObject({ reason: expect.any(ServerBusy) })
      expect(outcome).toMatchObject({ reason: { retryAfter: 2 } })
    }
  })

  test('the hasher lets fifty checks wait where the caller sets nothing else', async () => {
    const { hash, verify } = await createWarmHasher()
    const waiting = [
      ...Array.from({ length: 26 }, () => hash(password)),
      ...Array.from({ length: 26 }, () => verify(stored, password)),
    ]
    await expect(hash(password)).rejects.toThrow(ServerBusy)
    await expect(verify(stored, password)).rejects.toThrow(ServerBusy)
    expect(await Promise.all(waiting)).toHaveLength(52)
  })

  test('after a storm of logins the hasher lets in as many as before', async () => {
    const { hash } = createPasswordHasher({ concurrency: 1, waiting: 1 })
    const round = async () => {
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => hash(password)))
      return outcomes.map(({ status }) => status)
    }
    const first = await round()
    expect(first).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(await round()).toEqual(first)
  })

  test('a password that cannot be verified holds up no other check', async () => {
    const { hash, verify } = await createWarmHasher({ concurrency: 1, waiting: 0 })
    expect(await verify('$argon2 and no more', password)).toBe(false)
    expect(await verify(await hash(password), password)).toBe(true)
  })
})
