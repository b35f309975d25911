import type { Config } from '../config.ts'
import type { Judgements, Rule } from './rule.ts'

const costly =
  'One document may keep the processor and the database busy for seconds, and a caller may send many.'
const slow =
  'Callers who send a byte now and then hold their connections for so long, until none is left.'

/** What is thought of what one request, and one connection, may take. */
export const judgedLimits: Judgements = {
  DATA_UPLOAD_MAX_MEMORY_SIZE: most(
    ({ limits }) => limits.bodyBytes,
    10_485_760,
    'A few hundred callers at once fill the memory with bodies.',
  ),
  GRAPHQL_MAX_TOKENS: most(({ limits }) => limits.tokens, 10_000, costly),
  GRAPHQL_MAX_DEPTH: most(({ limits }) => limits.depth, 25, costly),
  GRAPHQL_MAX_FIELDS: most(({ limits }) => limits.fields, 2_500, costly),
  GRAPHQL_TIMEOUT: most(
    ({ limits }) => limits.timeout,
    60,
    'Operations that hang hold their connections for so long, until none is left.',
  ),
  HTTP_HEADERS_TIMEOUT: most(({ http }) => http.headersTimeout, 60, slow),
  HTTP_REQUEST_TIMEOUT: most(({ http }) => http.requestTimeout, 120, slow),
  HTTP_KEEP_ALIVE_TIMEOUT: [
    {
      level: 'WARNING',
      when: ({ http, trustProxy }) => trustProxy !== 0 && http.keepAliveTimeout <= 60,
      says: 'nginx keeps a connection for 60 seconds. A connection that this side closes first costs a visitor a 502 now and then.',
      cure: 'Leave HTTP_KEEP_ALIVE_TIMEOUT out (65 seconds), or set it above that of the proxy.',
    },
  ],
  HTTP_MAX_CONNECTIONS: [
    {
      level: 'WARNING',
      when: ({ http }) => http.connections < 50,
      says: 'Half of the connections may be streams: a few open pages leave none for requests.',
      cure: 'Leave HTTP_MAX_CONNECTIONS out: it is 1000.',
    },
  ],
  SHUTDOWN_DELAY: [
    {
      level: 'INFO',
      when: ({ http }) => http.shutdownDelay === 0,
      says: 'A proxy learns that the server stops from a connection that is refused, and its visitor may get a 502.',
      cure: 'Leave SHUTDOWN_DELAY out: it is one second.',
    },
  ],
}

function most(read: (config: Config) => number, bound: number, says: string): readonly Rule[] {
  return [
    {
      level: 'WARNING',
      when: (config) => read(config) > bound,
      says,
      cure: `Leave it out, or set ${bound} at most.`,
    },
  ]
}
