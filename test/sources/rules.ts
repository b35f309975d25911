import { engineNames, isBuiltIn } from '../../src/config/engines.ts'
import { isForbidden, leaves, roomOf, rooms } from './rooms.ts'
import type { Import, Source } from './read.ts'

/** A rule of the project's own. */
export interface Rule {
  readonly title: string
  /** A line for each place that breaks it, which begins with the path of the file. */
  find(sources: readonly Source[]): string[]
  /** What breaks it: a file of this text at this path, each by itself. */
  readonly planted: readonly (readonly [path: string, text: string])[]
}

/** What of Node opens a socket or serves one. A type, a check of an address and a table of texts do neither. */
const sockets = /^node:(http|https|http2|net|tls|dgram)$/
const harmless = ['isIP', 'isIPv4', 'isIPv6', 'STATUS_CODES']
const opensSockets = ({ to, names, isType }: Import) =>
  sockets.test(to) && !isType && !names.every((name) => harmless.includes(name))

/** GraphQL itself, and what is made for it. */
const ofGraphql = /^(@graphql-tools|@graphql-yoga|@pothos|@envelop|graphql[\w-]*)(\/|$)/

/** Words of GraphQL, which are no words of HTTP. */
const wordsOfGraphql = /graphql|mutation|subscription|introspect/i

/** Headers that an API might come to look at, or to ask for. */
const namesHeader = /^(accept|allow|cookie|host|origin|user-agent|vary|(retry|content|x)-[\w-]+)$/i

/** A text that something is compared with. */
const compared = /(?:[!=]==?|\bcase)\s*(['"`])([\w-]+)\1|(['"`])([\w-]+)\3\s*[!=]==?/g

/** What a sentence says in place of its actor. */
export const isUnnamed = /\b(whoever|nobody|somebody|no one)\b/i

/** What a class of an error extends: one of the language, or one of ours. */
const errors = /(Error|Refusal|InvalidInput|Unusable)$/

/** Finds the imports that are wrong. */
const importing =
  (isWrong: (one: Import, source: Source) => boolean): Rule['find'] =>
  (sources) =>
    sources.flatMap((source) =>
      source.imports
        .filter((one) => isWrong(one, source))
        .map(({ to }) => `${source.path} imports ${to}`),
    )

/** Finds the files that do it, save those that may. Of one that may and does not, it says so: then it is to be struck off. */
const onlyIn =
  (mayDoIt: Readonly<Record<string, string>>, doesIt: (source: Source) => boolean): Rule['find'] =>
  (sources) => {
    const found = new Set(sources.filter(doesIt).map(({ path }) => path))
    return [
      ...[...found].filter((path) => !Object.hasOwn(mayDoIt, path)).map((path) => `${path} does`),
      ...Object.keys(mayDoIt)
        .filter((path) => !found.has(path))
        .map((path) => `${path} may, and does not`),
    ]
  }

const imports = (packages: RegExp) => (source: Source) =>
  source.imports.some(({ to }) => packages.test(to))

/** The rules that each file is held to by itself. */
export const rules: readonly Rule[] = [
  {
    title: 'every file is in a room',
    find: (sources) =>
      sources
        .map(({ path }) => path)
        .filter((path) => ![...rooms, ...leaves].includes(roomOf(path))),
    planted: [['src/services/users.ts', '']],
  },
  {
    title: 'imports go one way',
    find: importing(({ to }, { path }) => to.startsWith('src/') && isForbidden(roomOf(path), to)),
    planted: [
      ['src/session/a.ts', `import { createApi } from '../graphql/operation.ts'`],
      ['src/session/a.ts', `import '../graphql/operation.ts'`],
      ['src/session/a.ts', `export * from '../graphql/operation.ts'`],
      ['src/session/a.ts', `export type { Api } from '../graphql/operation.ts'`],
      ['src/session/a.ts', `const load = () => import('../graphql/operation.ts')`],
      ['src/session/a.ts', 'const load = () => import(`../graphql/yoga.ts`)'],
      ['src/session/a.ts', `type Admin = import('../admin/admin.ts').Admin`],
      ['src/session/a.ts', `type Admin = typeof import('../admin/admin.ts')`],
      ['src/admin/a.tsx', `const a = <b title={typeof import('../coat.ts')} />`],
      ['src/waiting/a.ts', `import type { Database } from '../database/database.ts'`],
      ['src/commands/a.ts', `import { run } from '../main.ts'`],
    ],
  },
  {
    title: 'an import names what it loads, is below src, and is not the package itself',
    find: importing(
      ({ to }, { path }) =>
        // An engine or a backend of the operator's own is a module that a setting names.
        (to === '?' && path !== 'src/config/module.ts') ||
        /^(\.|\/|#|file:|coatcheck(\/|$))/.test(to) ||
        /^(test|bench|scripts|dist|examples)\//.test(to),
    ),
    planted: [
      ['src/session/a.ts', `const load = (name: string) => import(name)`],
      ['src/session/a.ts', `import { createApp } from 'coatcheck'`],
      ['src/session/a.ts', `import { password } from '../../test/harness.ts'`],
    ],
  },
  {
    title: 'the command line works through the use cases of auth: it knows no GraphQL',
    find: importing(
      ({ to }, { path }) => roomOf(path) === 'commands' && to.startsWith('src/graphql/'),
    ),
    planted: [['src/commands/a.ts', `const load = () => import('../graphql/schema.ts')`]],
  },
  {
    title:
      'GraphQL libraries are known to the room of GraphQL, and two files of interfaces name a schema',
    find: importing(
      ({ to, isType }, { path }) =>
        ofGraphql.test(to) &&
        roomOf(path) !== 'graphql' &&
        !(isType && to === 'graphql' && ['src/coat.ts', 'src/app/shape.ts'].includes(path)),
    ),
    planted: [
      ['src/http/a.ts', `import { createYoga } from 'graphql-yoga'`],
      ['src/http/a.ts', `import type { GraphQLError } from 'graphql'`],
      ['src/session/plugin.ts', `import { createYoga } from 'graphql-yoga'`],
      ['src/session/a.ts', `type Error = import('graphql').GraphQLError`],
      ['src/auth/a.ts', `const load = () => import('@pothos/core')`],
      ['src/auth/a.ts', `import { parse } from 'graphql/language/parser.js'`],
      ['src/host/a.ts', `import { execute } from '@graphql-tools/executor'`],
    ],
  },
  {
    title: 'sockets are opened and served by http and host, and by few others',
    find: (sources) =>
      onlyIn(
        {
          'src/commands/ask-server.ts': 'status and check ask a server that runs',
          'src/metrics/listener.ts': 'METRICS_PORT is another server, for scrapers alone',
          'src/session/stores/memcached-faults.ts': 'says why Memcached cannot be reached',
          'src/session/stores/redis-faults.ts': 'says why Redis cannot be reached',
        },
        ({ imports }) => imports.some(opensSockets),
      )(sources.filter(({ path }) => !['http', 'host'].includes(roomOf(path)))),
    planted: [
      ['src/session/a.ts', `import { createServer } from 'node:http'`],
      ['src/session/a.ts', `import { createServer } from 'http'`],
      ['src/session/a.ts', `import { isIP, connect } from 'node:net'`],
      ['src/auth/a.ts', `import * as tls from 'node:tls'`],
      ['src/auth/a.ts', `const load = () => import('node:http2')`],
    ],
  },
  {
    title: 'http does not know what requests ask for: no word of GraphQL is in it',
    find: (sources) =>
      sources
        .filter(({ path, text }) => roomOf(path) === 'http' && wordsOfGraphql.test(text))
        .map(({ path }) => path),
    planted: [
      ['src/http/a.ts', `const paths = ['/graphql', '/health']`],
      ['src/http/a.ts', `interface Exchange {\n  readonly isMutation: boolean\n}`],
      ['src/http/a.ts', `/** For subscriptions. */\nexport const patience = 1`],
    ],
  },
  {
    title: 'http knows neither users nor the database: of errors it knows the fault alone',
    find: importing(
      ({ to }, { path }) =>
        roomOf(path) === 'http' &&
        to.startsWith('src/') &&
        !['http', 'waiting', 'config', 'fault'].includes(roomOf(to)),
    ),
    planted: [
      ['src/http/a.ts', `import { statusOf } from '../failures.ts'`],
      ['src/http/a.ts', `import { isOutage } from '../database/errors.ts'`],
      ['src/http/a.ts', `import type { Refusal } from '../refusals.ts'`],
    ],
  },
  {
    title:
      'in the room of GraphQL, requests and answers of HTTP are known to two folders: over-http, and graphiql, which is a page',
    find: importing(
      ({ to }, { path }) =>
        (sockets.test(to) || /^src\/(http\/(?!device\.)|graphql\/over-http\/)/.test(to)) &&
        roomOf(path) === 'graphql' &&
        !/^src\/graphql\/(over-http|graphiql)\//.test(path),
    ),
    planted: [
      ['src/graphql/a.ts', `import { cutOff } from '../http/exchange.ts'`],
      ['src/graphql/a.ts', `import { negotiate } from './over-http/negotiation.ts'`],
      ['src/graphql/types/a.ts', `import type { Exchange } from '../../http/exchange.ts'`],
      ['src/graphql/a.ts', `import { STATUS_CODES } from 'node:http'`],
      ['src/graphql/a.ts', `import type { IncomingMessage } from 'node:http'`],
    ],
  },
  {
    title: 'the API names no header, but where it is served over HTTP, and in the page of GraphiQL',
    find: (sources) =>
      sources
        .filter(
          ({ path, literals }) =>
            roomOf(path) === 'graphql' &&
            !/^src\/graphql\/(over-http|graphiql)\//.test(path) &&
            literals.some((text) => namesHeader.test(text)),
        )
        .map(({ path }) => path),
    planted: [
      ['src/graphql/a.ts', `const headers = { 'Retry-After': '2' }`],
      ['src/graphql/types/a.ts', `const name = 'accept'`],
    ],
  },
  {
    title: 'only the named files say the words for a fault, or which status a code has',
    find: onlyIn(
      { 'src/failures.ts': 'has the table of codes', 'src/fault.ts': 'has the words for a fault' },
      ({ literals, text }) =>
        literals.includes('Unexpected error.') || /\b[A-Z]+(_[A-Z]+)*['"]?: [45]\d\d\b/.test(text),
    ),
    planted: [
      ['src/host/a.ts', `const message = 'Unexpected error.'`],
      ['src/admin/a.ts', `const statuses = { FORBIDDEN: 403 }`],
      ['src/http/a.ts', `const statuses = {\n  NOT_FOUND: 404,\n}`],
    ],
  },
  {
    title: 'stores do not import each other',
    find: importing(({ to }, { path }) => {
      const [own, other] = [path, to].map((one) => /\/stores\/([^./-]+)/.exec(one)?.[1])
      return own !== undefined && other !== undefined && own !== other
    }),
    planted: [['src/session/stores/file.ts', `const load = () => import('./redis.ts')`]],
  },
  {
    title: 'only the named files read the environment',
    find: onlyIn(
      {
        'src/config/environment.ts': 'reads it',
        'src/config/config.ts': 'names it in a sentence',
        'src/testing/describe-session-store.ts': 'reads a variable of Vitest, which is no setting',
      },
      ({ text, imports }) =>
        /\bprocess\??\s*(\??\.\s*env\b|(\?\.)?\[\s*['"`]env)/.test(text) ||
        imports.some(
          ({ to, names }) => to === 'node:process' && /^(env|\*)$/m.test(names.join('\n')),
        ),
    ),
    planted: [
      ['src/auth/a.ts', `const level = process.env.LOG_LEVEL`],
      ['src/auth/a.ts', `const level = process['env'].LOG_LEVEL`],
      ['src/auth/a.ts', `import { env } from 'node:process'`],
    ],
  },
  {
    title: 'only the named files open PostgreSQL',
    find: onlyIn(
      {
        'src/database/postgresql-client.ts': 'connects',
        'src/database/postgresql-holders.ts': 'looks at what a migration waits for',
        'src/database/postgresql-migrations.ts': 'applies migrations',
        'src/database/postgresql-pool.ts': 'lends out connections',
        'src/database/postgresql-statements.ts': 'runs prepared statements',
        'src/database/postgresql-statistics.ts': 'looks at tables that have grown',
        'src/database/postgresql-tables.ts': 'sets how tables are vacuumed',
        'src/database/postgresql-turn.ts': 'has migrations wait their turn',
        'src/database/postgresql.ts': 'is the driver',
      },
      imports(/^(pg|pg-.*|@prisma\/adapter-pg)$/),
    ),
    planted: [['src/auth/a.ts', `const load = () => import('pg')`]],
  },
  {
    title: 'only the named files open SQLite',
    find: onlyIn(
      {
        'src/database/sqlite-file.ts': 'connects',
        'src/database/sqlite-statements.ts': 'runs prepared statements',
        'src/database/sqlite-thread-program.ts': 'runs prepared statements on a thread',
        'src/database/sqlite.ts': 'is the driver',
      },
      imports(/^(better-sqlite3|node:sqlite|@prisma\/adapter-better-sqlite3)$/),
    ),
    planted: [['src/auth/a.ts', `import { DatabaseSync } from 'node:sqlite'`]],
  },
  {
    title: 'only the named files call argon2',
    find: onlyIn({ 'src/auth/passwords/password.ts': 'hashes' }, imports(/^(@[\w-]+\/)?argon2/)),
    planted: [['src/commands/a.ts', `const load = () => import('@node-rs/argon2')`]],
  },
  {
    title:
      'code that waits for a while calls pause of waiting/pause.ts, and no timer of Node by another name',
    find: importing(
      ({ to, names }) =>
        /^(node:)?timers\/promises$/.test(to) && !names.every((name) => name === 'setImmediate'),
    ),
    planted: [
      ['src/session/a.ts', `import { setTimeout as sleep } from 'node:timers/promises'`],
      ['src/auth/a.ts', `import timers from 'timers/promises'`],
    ],
  },
  {
    title: 'only the named files declare a class that is no error',
    find: onlyIn(
      {
        'src/session/session.ts': 'Session',
        'src/session/dictionary.ts': 'Session, as far as it holds values',
        'src/session/pending.ts': 'a promise whose `then` is heard',
        'src/graphql/transaction.ts': 'a plugin of Pothos',
        'src/graphql/staff-mark.ts': 'a plugin of Pothos',
      },
      ({ text }) =>
        [
          ...text.matchAll(/^(?:export )?(?:abstract )?class \w+(?:<.*?>)?(?: extends (\w+))?/gm),
        ].some(([, base = '']) => !errors.test(base)),
    ),
    planted: [
      ['src/auth/a.ts', 'export class Users {}'],
      ['src/auth/a.ts', 'class Users extends Map {}'],
    ],
  },
  {
    title: 'only the named files name Set-Cookie',
    find: onlyIn(
      {
        'src/session/cookie/cookie.ts': 'writes it',
        'src/session/stores/signed-cookies.ts': 'counts how many bytes it takes',
        'src/http/hosted-answer.ts': 'adds to those of a host',
        'src/host/answer-headers.ts': 'sees that a host sets one',
        'src/host/fetch-with-session.ts': 'sees that a host sets one',
      },
      ({ literals }) => literals.some((text) => /set-cookie/i.test(text)),
    ),
    planted: [
      ['src/session/a.ts', `const header = 'set-cookie'`],
      ['src/auth/a.ts', 'const header = (value: string) => `Set-Cookie: ${value}`'],
    ],
  },
  {
    title: 'engines have their names in two tables, and the rest asks for their traits',
    find: onlyIn(
      {
        'src/config/engines.ts': 'declares their traits, before one is opened',
        'src/session/engines/engines.ts': 'opens them',
        // The others mean something else by the same word.
        'src/config/declared/addresses.ts': 'a scheme of URLs',
        'src/metrics/catalogue-of-process.ts': 'a label',
        'src/session/stores/redis-address.ts': 'a part of the address of Redis',
      },
      ({ literals }) => literals.some(isBuiltIn),
    ),
    planted: [
      ['src/auth/a.ts', `const isFile = (engine: string) => ['file'].includes(engine)`],
      ...engineNames.map((name) => ['src/upkeep/a.ts', `const one = '${name}'`] as const),
    ],
  },
  {
    title: 'no file compares a text with the name of an engine, the tables of engines included',
    find: (sources) =>
      sources
        .filter(({ text }) =>
          [...text.matchAll(compared)].some(([, , after, , before]) => isBuiltIn(after ?? before)),
        )
        .map(({ path }) => `${path} does`),
    planted: [
      ['src/session/engines/engines.ts', `const isFile = (engine: string) => engine === 'file'`],
      ['src/config/engines.ts', `const isOther = (engine: string) => "cache" != engine`],
      [
        'src/session/engines/engines.ts',
        `function open(engine: string) { switch (engine) { case 'database': } }`,
      ],
    ],
  },
  {
    title: 'only the named files know all use cases: every other is handed those that it calls',
    find: onlyIn(
      {
        'src/app/auth.ts': 'has them made',
        'src/app/shape.ts': 'has them for the library and the commands, which pass on some',
        'src/graphql/schema.ts': 'hands each part of the schema its own',
        'src/admin/desk-parts.ts': 'names those of the pages',
        'src/auth/host/host-users.ts': 'names those of accounts that a host may call',
      },
      (source) =>
        source.imports.some(
          ({ to, names }) =>
            to === 'src/auth/use-cases.ts' && (names.includes('UseCases') || names.includes('*')),
        ),
    ),
    planted: [
      ['src/graphql/types/a.ts', `import type { UseCases } from '../../auth/use-cases.ts'`],
      ['src/admin/a.ts', `type All = import('../auth/use-cases.ts').UseCases`],
    ],
  },
  {
    title: 'only the named files put the rooms together',
    find: onlyIn(
      {
        'src/coat.ts': 'createApp',
        'src/commands/run.ts': 'the program',
      },
      (source) =>
        source.imports.some(
          ({ to, names }) =>
            to === 'src/app.ts' && (names.includes('openApp') || names.includes('*')),
        ),
    ),
    planted: [
      ['src/commands/a.ts', `import { openApp as open } from '../app.ts'`],
      ['src/commands/a.ts', `const load = () => import('../app.ts')`],
    ],
  },
  {
    title: 'sentences name their actor: no file says whoever, nobody, somebody or no one',
    find: (sources) => sources.filter(({ text }) => isUnnamed.test(text)).map(({ path }) => path),
    planted: [
      ['src/auth/a.ts', `/** Told to whoever waits. */\nexport const a = 1`],
      ['src/auth/a.ts', `const message = 'No one has signed in.'`],
    ],
  },
  {
    title:
      'the program of a thread is one function, without a named one inside for which a bundler would call a helper',
    find: (sources) =>
      sources
        .filter(({ path, functions }) => path.endsWith('-thread-program.ts') && functions[1])
        .map(({ path, functions }) => `${path} has ${functions.slice(1).join(', ')}`),
    planted: [
      `function see() {}`,
      `const see = () => null`,
      `const see = async function () {}`,
      `let see; see = () => null`,
      `const { see = () => null } = port`,
      `port.on('message', function see() {})`,
      `class Look {}`,
    ].map((inside) => [
      'src/session/stores/file-thread-program.ts',
      `export function runFileThread({ port }) { ${inside} }`,
    ]),
  },
  {
    title: 'no file of src is longer than 200 lines',
    find: (sources) =>
      sources.filter(({ text }) => text.split('\n').length > 201).map(({ path }) => path),
    planted: [['src/auth/a.ts', '\n'.repeat(201)]],
  },
]
