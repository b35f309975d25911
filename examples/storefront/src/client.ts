import { createClient as createStreams } from 'graphql-sse'
import { cacheExchange, Client, fetchExchange, subscriptionExchange } from 'urql'

const url = '/graphql'

/**
 * A client whose cache is empty. What it has read belongs to one visitor: make a new one where another may have come, after
 * a login, a logout, and the end of a session.
 */
export function createClient(): Client {
  return new Client({
    url,
    preferGetMethod: false,
    exchanges: [cacheExchange, fetchExchange, createStreamExchange()],
  })
}

/** Subscriptions come as server-sent events. A stream that breaks off, as in a deploy, is opened again. */
function createStreamExchange() {
  const streams = createStreams({
    url,
    retryAttempts: Infinity,
    retry: (attempts) => wait(Math.min(1000 * 2 ** attempts, 30_000)),
  })
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables }) => ({
      subscribe: (sink) => ({ unsubscribe: streams.subscribe({ query, variables }, sink) }),
    }),
  })
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
