import { z } from 'zod'
import type { Builder } from '../../graphql/builder.ts'
import { parseInput } from '../../graphql/input.ts'
import { InvalidInput, NotFound, SessionInterrupted, SessionTooLarge } from '../../refusals.ts'
import { emptyCart } from './names.ts'
import type { CartLine } from './names.ts'
import { addToLine, removeLine, setLine } from './rules.ts'

const sku = z
  .string()
  .min(1, '1 to 64 characters.')
  .max(64, '1 to 64 characters.')
  .regex(/^[^\p{C}]*$/u, 'No control characters.')
const itemInput = z.object({ sku, quantity: z.number() })

/** A cart: what is in it, and how it changes. */
export function addCart(builder: Builder): void {
  const CartItem = builder.objectRef<CartLine>('CartItem').implement({
    fields: (t) => ({
      sku: t.exposeID('sku'),
      quantity: t.exposeInt('quantity'),
      addedAt: t.field({ type: 'DateTime', resolve: ({ addedAt }) => new Date(addedAt) }),
    }),
  })

  builder.objectType('Cart', {
    fields: (t) => ({
      items: t.field({ type: [CartItem], resolve: ({ items }) => [...items] }),
      totalQuantity: t.int({
        description: 'Sum of the quantities.',
        resolve: ({ items }) => items.reduce((sum, { quantity }) => sum + quantity, 0),
      }),
    }),
  })

  const CartItemInput = builder.inputType('CartItemInput', {
    fields: (t) => ({
      sku: t.id({ required: true }),
      quantity: t.int({ required: true, defaultValue: 1 }),
    }),
  })

  const CartItemQuantityInput = builder.inputType('CartItemQuantityInput', {
    fields: (t) => ({ sku: t.id({ required: true }), quantity: t.int({ required: true }) }),
  })

  const CartSuccess = builder.objectRef<object>('CartSuccess').implement({
    description: "The cart as it was stored: another tab's concurrent change included.",
    fields: (t) => ({
      cart: t.field({
        type: 'Cart',
        resolve: (_root, _args, { session }) => session.get('cart', emptyCart),
      }),
    }),
  })

  const CartResult = builder.errorUnion('CartResult', {
    types: [CartSuccess, InvalidInput, NotFound, SessionInterrupted, SessionTooLarge],
    resolveType: () => 'CartSuccess',
  })

  builder.queryField('cart', (t) =>
    t.field({
      type: 'Cart',
      resolve: (_root, _args, { session }) => session.get('cart', emptyCart),
    }),
  )

  builder.objectField('SessionChanged', 'cart', (t) =>
    t.field({ type: 'Cart', resolve: ({ session }) => session.get('cart', emptyCart) }),
  )

  builder.mutationFields((t) => ({
    addCartItem: t.field({
      type: CartResult,
      description:
        'Adds to the line of this sku, or starts one. 1 to 999 a line, 100 lines a cart: past that INVALID_INPUT, and nothing changes.',
      args: { input: t.arg({ type: CartItemInput, required: true }) },
      resolve(_root, { input }, { session, now }) {
        const item = parseInput(itemInput, input)
        const at = now()
        session.update('cart', (cart) => addToLine(cart, item.sku, item.quantity, at))
        return {}
      },
    }),

    setCartItemQuantity: t.field({
      type: CartResult,
      description:
        'Sets the line of this sku, starting one where there is none; zero removes it. Outside 0 to 999: INVALID_INPUT.',
      args: { input: t.arg({ type: CartItemQuantityInput, required: true }) },
      resolve(_root, { input }, { session, now }) {
        const item = parseInput(itemInput, input)
        const at = now()
        session.update('cart', (cart) => setLine(cart, item.sku, item.quantity, at))
        return {}
      },
    }),

    removeCartItem: t.field({
      type: CartResult,
      description: 'NOT_FOUND where the cart has no such line.',
      args: { sku: t.arg.id({ required: true }) },
      resolve(_root, args, { session }) {
        session.update('cart', (cart) => removeLine(cart, args.sku))
        return {}
      },
    }),

    clearCart: t.field({
      type: CartResult,
      resolve(_root, _args, { session }) {
        session.delete('cart')
        return {}
      },
    }),
  }))
}
