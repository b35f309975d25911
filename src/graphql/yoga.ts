import type { GraphQLSchema } from 'graphql'
import { createYoga } from 'graphql-yoga'
import type { FetchAPI, GraphQLParams } from 'graphql-yoga'
import type { Soon } from '../waiting/soon.ts'
import type { Asked } from './asked.ts'
import type { Outcome } from './masking.ts'

/** Runs the operation of the parameters. Throws, or rejects, where the parameters are wrong. */
export type RunParams = (params: GraphQLParams, asked: Asked) => Soon<Outcome>

/** Yoga, as this server uses it. */
export interface Yoga {
  /** Runs parameters that Yoga has checked: see `isPlain`. */
  readonly runChecked: RunParams
  /** Yoga's own classes of the Fetch standard. */
  readonly fetchAPI: FetchAPI
}

/** What a request passes through Yoga to `run`. */
interface Handed {
  readonly asked: Asked
}

/** Yoga checks parameters and then calls `run`. Its HTTP is not used: the server has judged and read the request already. */
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
  // Yoga checks the parameters alone, and does not look at this request.
  const request = new yoga.fetchAPI.Request('http://localhost/graphql', { method: 'POST' })

  return {
    runChecked(params, asked) {
      const handed: Handed = { asked } // Yoga writes into it
      return yoga.getResultForParams({ params, request }, handed as never) as Soon<Outcome>
    },
    fetchAPI: yoga.fetchAPI,
  }
}

/** Would Yoga accept these parameters? If not, Yoga's own checks say what is wrong. */
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
