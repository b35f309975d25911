import type { GraphQLSchema } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { FetchAPI, GraphQLParams } from 'graphql-yoga'
import type { Soon } from '../waiting/soon.ts'
import type { Asked } from './asked.ts'
import type { Outcome } from './masking.ts'

/** Runs what the parameters ask for. Throws, or rejects, for what is wrong with them. */
export type RunParams = (params: GraphQLParams, asked: Asked) => Soon<Outcome>

/** Yoga, as this server uses it. */
export interface Yoga {
  /** Runs parameters that Yoga has checked: see `isPlain`. */
  readonly runChecked: RunParams
  /** Yoga's own forms of what the Fetch standard describes. */
  readonly fetchAPI: FetchAPI
}

/** What a request hands through Yoga to the handler of its parameters. */
interface Handed {
  readonly asked: Asked
}

/**
 * Yoga, which checks parameters and then has `run` called. Its HTTP is not used, because the server has judged and read the
 * request before.
 */
export function openYoga(schema: GraphQLSchema, run: RunParams): Yoga {
  const yoga = createYoga({
    schema,
    graphiql: false,
    landingPage: false,
    logging: false,
    maskedErrors: false,
    plugins: [
      {
        onParams({ setParamsHandler }) {
          setParamsHandler(({ params, context }) =>
            run(params, (context as unknown as Handed).asked),
          )
        },
      },
    ],
  })
  // Yoga's checks are of parameters alone: nothing of this request is looked at.
  const request = new yoga.fetchAPI.Request('http://localhost/graphql', { method: 'POST' })

  return {
    runChecked(params, asked) {
      const handed: Handed = { asked } // Yoga writes into it
      return yoga.getResultForParams({ params, request }, handed as never) as Soon<Outcome>
    },
    fetchAPI: yoga.fetchAPI,
  }
}

/** Has Yoga nothing to object to? Its own checks are for what clients get wrong, and say what that is. */
export function isPlain(params: GraphQLParams): boolean {
  for (const name in params) {
    const value: unknown = params[name as keyof GraphQLParams]
    if (name === 'query') {
      if (typeof value !== 'string') return false
    } else if (name === 'variables' || name === 'extensions') {
      if (typeof value !== 'object' || Array.isArray(value)) return false
    } else if (name !== 'operationName' || typeof value !== 'string') return false
  }
  return 'query' in params
}
