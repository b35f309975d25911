import { setting } from '../setting.ts'
import { many, wholeNumber } from './text.ts'

/** What one request may ask for. */
export const ofRequests = {
  limits: {
    bodyBytes: setting({
      variable: 'DATA_UPLOAD_MAX_MEMORY_SIZE',
      schema: wholeNumber(1024, 100_000_000),
      default: '102400',
      says: 'The most bytes of a body.',
    }),
    tokens: setting({
      variable: 'GRAPHQL_MAX_TOKENS',
      schema: many,
      default: '1000',
      says: 'The most tokens of a document.',
    }),
    depth: setting({
      variable: 'GRAPHQL_MAX_DEPTH',
      schema: many,
      default: '10',
      says: 'How deep a document may be nested. Introspection does not count.',
    }),
    fields: setting({
      variable: 'GRAPHQL_MAX_FIELDS',
      schema: many,
      default: '250',
      says: 'The most fields of a document. Those of a fragment count wherever it is spread.',
    }),
    aliases: {
      name: 'GRAPHQL_MAX_ALIASES',
      value: 30,
      says: 'The most aliases of a document, counted as fields are.',
    },
    directives: {
      name: 'GRAPHQL_MAX_DIRECTIVES',
      value: 10,
      says: 'The most directives of a document, counted likewise.',
    },
    rootMutations: {
      name: 'GRAPHQL_MAX_ROOT_MUTATIONS',
      value: 10,
      says: 'The most fields of Mutation in a document: each of them is a transaction.',
    },
    pageSize: {
      name: 'GRAPHQL_MAX_PAGE_SIZE',
      value: 100,
      says: 'The most rows of one page of a list. A caller who wants more asks for the next page.',
    },
    rows: {
      name: 'GRAPHQL_MAX_ROWS',
      value: 1000,
      says: 'The most rows of all pages of one request, lists within lists included: ten whole pages. Each page, and each totalCount, counts as one more.',
    },
    timeout: setting({
      variable: 'GRAPHQL_TIMEOUT',
      schema: wholeNumber(1, 3600),
      default: '5',
      says: 'How long an operation may take, not counting what it waits for the processor. Streams are not bounded.',
    }),
  },
}

/** What one connection may take, and all of them together. */
export const ofConnections = {
  http: {
    headerBytes: {
      name: 'HTTP_MAX_HEADER_SIZE',
      value: 16_384,
      says: 'The most bytes of the headers of a request: as many as Node takes.',
    },
    headersTimeout: setting({
      variable: 'HTTP_HEADERS_TIMEOUT',
      schema: wholeNumber(1, 3600),
      default: '5',
      says: 'How long the headers of a request may take to arrive.',
    }),
    requestTimeout: setting({
      variable: 'HTTP_REQUEST_TIMEOUT',
      schema: wholeNumber(1, 3600),
      default: '10',
      says: 'The same for the whole request.',
    }),
    keepAliveTimeout: setting({
      variable: 'HTTP_KEEP_ALIVE_TIMEOUT',
      schema: wholeNumber(1, 3600),
      default: '65',
      says: "How long a connection may be silent. Longer than your proxy's, or the proxy will use a connection that this side has just closed.",
    }),
    connections: setting({
      variable: 'HTTP_MAX_CONNECTIONS',
      schema: wholeNumber(1, 1_000_000),
      default: '1000',
      says: 'The most connections at once, to each worker where there are several. Past it the one that has been idle for longest is closed. Half of them may be streams.',
    }),
    shutdownDelay: setting({
      variable: 'SHUTDOWN_DELAY',
      schema: wholeNumber(0, 60),
      default: '1',
      says: 'How long requests are still taken after SIGTERM, so that a proxy sees /ready say 503 and goes elsewhere.',
    }),
  },
}
