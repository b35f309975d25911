import type { Declared } from './declared.ts'

/** A quarter of a second is what the alerts ask for: between two bounds Prometheus can only guess. */
const ofCalls = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 5]

/** What visitors ask for, and what it takes of the store and the roster. */
export const ofTraffic = {
  requests: {
    name: 'coatcheck_requests_total',
    type: 'counter',
    labels: ['operation', 'code'],
    says: 'Requests that are over, by the name of their operation and by the code of their first error, or ok.',
    worry:
      'INTERNAL_SERVER_ERROR is a fault of ours or of the host: the log has it. SESSION_STORE_UNAVAILABLE and SERVER_BUSY are load or an outage.',
  },
  requestDuration: {
    name: 'coatcheck_request_duration_seconds',
    type: 'histogram',
    labels: ['operation'],
    says: 'How long requests took, from the first header to the end of the answer. Subscriptions are left out; queries and mutations are in it, whatever their answer is spoken as.',
    worry: 'The 99th percentile of an operation rises while its rate does not.',
    bounds: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  },
  streams: {
    name: 'coatcheck_streams_open',
    type: 'gauge',
    labels: [],
    says: 'Streams of events that are open; with WORKERS, of all workers together.',
    worry:
      'It nears half of HTTP_MAX_CONNECTIONS, times the number of workers: a worker that has half of HTTP_MAX_CONNECTIONS refuses more with TOO_MANY_STREAMS, and may get there before the others.',
    together: 'sum',
  },
  storeCalls: {
    name: 'coatcheck_store_call_duration_seconds',
    type: 'histogram',
    labels: ['operation'],
    says: 'How long calls to the session store took, waiting for a connection included. The default engine reads through the roster.',
    worry: 'Its 99th percentile rises: the store, or the network to it, is slow.',
    bounds: ofCalls,
  },
  storeFailures: {
    name: 'coatcheck_store_failures_total',
    type: 'counter',
    labels: ['operation'],
    says: 'Calls to the session store that failed.',
    worry: 'Any, for longer than a deploy of the store takes.',
  },
  conflicts: {
    name: 'coatcheck_store_conflicts_total',
    type: 'counter',
    labels: ['operation'],
    says: 'Writes that found that another process had written the session first.',
    worry:
      'More than a few in a hundred saves: several processes write the same sessions at once. A load balancer that keeps a visitor at one process avoids it.',
  },
  replays: {
    name: 'coatcheck_session_replays_total',
    type: 'counter',
    labels: [],
    says: 'Changes that were applied once more, to the record that another process had written.',
    worry: 'As for conflicts. Requests answered SESSION_BUSY ran out of attempts.',
  },
  rosterCalls: {
    name: 'coatcheck_roster_call_duration_seconds',
    type: 'histogram',
    labels: ['operation'],
    says: 'How long calls to the roster took: `open` is what every request with a session asks, and with the database engines reads the record as well.',
    worry:
      'The 99th percentile of `open` rises: the database is slow, or its connections are all in use.',
    bounds: ofCalls,
  },
  rosterFailures: {
    name: 'coatcheck_roster_failures_total',
    type: 'counter',
    labels: ['operation'],
    says: 'Calls to the roster that failed.',
    worry: 'Any: without the roster visitors are answered 503.',
  },
} as const satisfies Record<string, Declared>
