import { graphql, type ResultOf } from './graphql.ts'

/** What the page must know of its session. */
export const sessionFields = graphql(`
  fragment SessionFields on Session {
    id
    endReason
    secondsLeft
    absoluteExpiresAt
    serverTime
  }
`)

export type Session = ResultOf<typeof sessionFields>
