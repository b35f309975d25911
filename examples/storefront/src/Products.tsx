import { useMutation } from 'urql'
import { cartOutcome, cartProblem } from './cart.ts'
import { goods, writePrice } from './goods.ts'
import { graphql } from './graphql.ts'
import type { PreferenceFields } from './Preferences.tsx'

const addToCart = graphql(
  `
    mutation AddToCart($sku: ID!) {
      addCartItem(input: { sku: $sku }) {
        ...CartOutcome
      }
    }
  `,
  [cartOutcome],
)

/** What the shop sells. */
export function Products({ preferences }: { preferences: PreferenceFields }) {
  const [{ data, error }, add] = useMutation(addToCart)
  const problem = cartProblem(data?.addCartItem, error)
  return (
    <section aria-labelledby="goods">
      <h2 id="goods">In the window</h2>
      <ul className="goods">
        {goods.map(({ sku, name, picture, prices }) => (
          <li key={sku}>
            <svg className="picture" viewBox="0 0 32 32" aria-hidden="true">
              <path d={picture} />
            </svg>
            <h3>{name}</h3>
            <p>
              {writePrice(prices[preferences.currency as keyof typeof prices] ?? 0, preferences)}
            </p>
            <button type="button" aria-label={`Add to cart: ${name}`} onClick={() => add({ sku })}>
              Add to cart
            </button>
          </li>
        ))}
      </ul>
      {problem && <p role="alert">{problem}</p>}
    </section>
  )
}
