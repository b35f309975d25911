import type { WireAnswer } from './exchange.ts'
import type { World } from './world.ts'

/** What tells of the inside of a server. */
const insides: [what: string, pattern: RegExp][] = [
  ['a stack', /(^|\\n|\n)\s+at \S|\bat [\w.<>]+ \([^)]*:\d|"stack"|originalError/],
  ['a file', /node_modules|\/dist\/|\/src\/|\.[cm]?[jt]s:\d|file:\/\/\//],
  ['the database', /prisma|sqlite|\bP20\d\d\b|SELECT .* FROM|INSERT INTO|UPDATE .* SET/i],
  [
    'the insides of a language',
    /\[object |native code|TypeError|RangeError|SyntaxError|Cannot read prop/,
  ],
]

/** Every header that every answer must have. */
const required: [name: string, pattern: RegExp][] = [
  ['x-content-type-options', /^nosniff$/],
  [
    'content-security-policy',
    /^default-src 'none'; base-uri 'none'; (.+; )?frame-ancestors 'none'$/,
  ],
  ['referrer-policy', /^(no-referrer|same-origin)$/],
  ['x-frame-options', /^DENY$/],
  ['cache-control', /no-store/],
]

/** What `answer` tells and should not; and which header it lacks. `sent` is what it answers: a key may come back as a cookie. */
export function leaksOf(answer: WireAnswer, sent: Buffer, world: World): string[] {
  const head = answer.headers.map(([name, value]) => `${name}: ${value}`)
  const cookies = head.filter((line) => line.startsWith('set-cookie:')).join('\n')
  const text = [...head.filter((line) => !line.startsWith('set-cookie:')), answer.body].join('\n')
  const names = new Map(answer.headers)
  return [
    ...insides.filter(([, pattern]) => pattern.test(text)).map(([what]) => what),
    ...(world.isOpen || !/Did you mean/.test(text) ? [] : ['the schema']),
    ...[world.folder, process.cwd()].filter((path) => text.includes(path)).map(() => 'a path'),
    ...world.secrets.filter((secret) => text.includes(secret)).map(() => 'a secret'),
    ...world.secrets
      .filter((secret) => cookies.includes(secret) && !sent.includes(secret))
      .map(() => "another visitor's key as a cookie"),
    ...required
      .filter(([name, pattern]) => !pattern.test(names.get(name) ?? ''))
      .map(([name]) => `no ${name}`),
    ...['server', 'x-powered-by', 'via'].filter((name) => names.has(name)),
  ]
}
