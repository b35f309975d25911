import type { CombinedError } from 'urql'
import { graphql, type ResultOf } from './graphql.ts'
import { describeField, describeFailure, describeRefusal } from './words.ts'

/** What the page shows of a cart. */
export const cartFields = graphql(`
  fragment CartFields on Cart {
    items {
      sku
      quantity
    }
    totalQuantity
  }
`)

/** What comes of a change to the cart: all of it, as it was stored, or why nothing was. */
export const cartOutcome = graphql(
  `
    fragment CartOutcome on CartResult {
      __typename
      ... on CartSuccess {
        cart {
          ...CartFields
        }
      }
      ... on Error {
        code
      }
      ... on InvalidInputError {
        fields {
          path
          code
          min
          max
        }
      }
    }
  `,
  [cartFields],
)

type CartOutcome = ResultOf<typeof cartOutcome>

/** What to tell the visitor of a change that did not come about; null where it did. */
export function cartProblem(
  outcome: CartOutcome | undefined,
  error: CombinedError | undefined,
): string | null {
  if (error) return describeFailure(error)
  if (!outcome || outcome.__typename === 'CartSuccess') return null
  const broken = 'fields' in outcome ? outcome.fields[0] : undefined
  return broken ? describeField(broken) : describeRefusal(outcome)
}
