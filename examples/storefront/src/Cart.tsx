import { useRef } from 'react'
import { useMutation } from 'urql'
import { cartOutcome, cartProblem, type cartFields } from './cart.ts'
import { nameOf, priceOf, writePrice } from './goods.ts'
import { graphql, type ResultOf } from './graphql.ts'
import type { PreferenceFields } from './Preferences.tsx'

const setQuantity = graphql(
  `
    mutation SetQuantity($sku: ID!, $quantity: Int!) {
      setCartItemQuantity(input: { sku: $sku, quantity: $quantity }) {
        ...CartOutcome
      }
    }
  `,
  [cartOutcome],
)

interface CartProps {
  cart: ResultOf<typeof cartFields>
  preferences: PreferenceFields
}

/** The cart of this browser. All its tabs show the same one, whichever tab has changed it. */
export function Cart({ cart: { items, totalQuantity }, preferences }: CartProps) {
  const [{ data, error }, set] = useMutation(setQuantity)
  const heading = useRef<HTMLHeadingElement>(null)
  const problem = cartProblem(data?.setCartItemQuantity, error)
  const { currency } = preferences
  const total = items.reduce((sum, { sku, quantity }) => sum + priceOf(sku, quantity, currency), 0)

  async function remove(sku: string) {
    await set({ sku, quantity: 0 })
    heading.current?.focus() // the button is gone with its line
  }

  return (
    <section aria-labelledby="cart">
      <h2 id="cart" ref={heading} tabIndex={-1}>
        Cart <span aria-live="polite">({totalQuantity})</span>
      </h2>
      {items.length === 0 && (
        <p className="none">Nothing yet. What you add shows in all tabs of this browser.</p>
      )}
      <ul className="lines">
        {items.map(({ sku, quantity }) => (
          <li key={sku}>
            <label htmlFor={`quantity-${sku}`}>{nameOf(sku)}</label>
            <input
              id={`quantity-${sku}`}
              type="number"
              min={0}
              value={quantity}
              onChange={({ target }) => {
                if (target.value !== '') void set({ sku, quantity: target.valueAsNumber })
              }}
            />
            <span className="price">
              {writePrice(priceOf(sku, quantity, currency), preferences)}
            </span>
            <button
              type="button"
              className="quiet"
              aria-label={`Remove: ${nameOf(sku)}`}
              onClick={() => void remove(sku)}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      {items.length > 0 && <p className="total">Total {writePrice(total, preferences)}</p>}
      {problem && <p role="alert">{problem}</p>}
    </section>
  )
}
