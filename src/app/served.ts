import { refuse, sendJson } from '../http/answer.ts'
import { forReading } from '../http/server.ts'
import type { Served } from '../http/server.ts'
import type { App } from './shape.ts'

/** What our own server serves of an application: the API and the pages, and the way to the API at its root and wherever there is nothing else. */
export function servedBy({
  handlers,
  readiness,
  endStreams,
}: Pick<App, 'handlers' | 'readiness' | 'endStreams'>): Served {
  return {
    handlers: {
      ...handlers,
      '/': forReading((exchange) =>
        sendJson(exchange, 200, { name: 'coatcheck', graphql: '/graphql' }),
      ),
      '*': (exchange) =>
        refuse(exchange, 404, { message: 'There is nothing here. The API is at /graphql.' }),
    },
    readiness,
    close: endStreams,
  }
}
