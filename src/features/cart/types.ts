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

const skuWords = "The shop's name for what is bought: 1 to 64 characters."

/** A cart: what is in it, and how it changes. */
export function addCart(builder: Builder): void {
  const CartItem = builder.objectRef<CartLine>('CartItem').implement({
    description: 'One line of the cart.',
    fields: (t) => ({
      sku: t.exposeID('sku', { description: "The shop's name for what is bought." }),
      quantity: t.exposeInt('quantity', { description: 'How many: 1 to 999.' }),
      addedAt: t.field({
        type: 'DateTime',
        description: 'When the line was started.',
        resolve: ({ addedAt }) => new Date(addedAt),
      }),
    }),
  })

  builder.objectType('Cart', {
    description: 'What the visitor has put aside to buy.',
    fields: (t) => ({
      items: t.field({
        type: [CartItem],
        description: 'Its lines, in the order in which they were started.',
        resolve: ({ items }) => [...items],
      }),
      totalQuantity: t.int({
        description: 'Sum of the quantities.',
        resolve: ({ items }) => items.reduce((sum, { quantity }) => sum + quantity, 0),
      }),
    }),
  })

  const CartItemInput = builder.inputType('CartItemInput', {
    description: 'What to add.',
    fields: (t) => ({
      sku: t.id({ required: true, description: skuWords }),
      quantity: t.int({ required: true, defaultValue: 1, description: 'How many more.' }),
    }),
  })

  const CartItemQuantityInput = builder.inputType('CartItemQuantityInput', {
    description: 'What a line is to be.',
    fields: (t) => ({
      sku: t.id({ required: true, description: skuWords }),
      quantity: t.int({ required: true, description: 'How many; 0 removes the line.' }),
    }),
  })

  const CartSuccess = builder.objectRef<object>('CartSuccess').implement({
    description: "The cart as it was stored: another tab's concurrent change included.",
    fields: (t) => ({
      cart: t.field({
        type: 'Cart',
        description: 'The whole of it.',
        resolve: (_root, _args, { session }) => session.get('cart', emptyCart),
      }),
    }),
  })

  const CartResult = builder.errorUnion('CartResult', {
    description: 'What comes of a change to the cart.',
    types: [CartSuccess, InvalidInput, NotFound, SessionInterrupted, SessionTooLarge],
    resolveType: () => 'CartSuccess',
  })

  builder.queryField('cart', (t) =>
    t.field({
      type: 'Cart',
      description: "The visitor's cart: empty until something is added.",
      resolve: (_root, _args, { session }) => session.get('cart', emptyCart),
    }),
  )

  builder.objectField('SessionChanged', 'cart', (t) =>
    t.field({
      type: 'Cart',
      description: 'As it is now.',
      resolve: ({ session }) => session.get('cart', emptyCart),
    }),
  )

  builder.mutationFields((t) => ({
    addCartItem: t.field({
      type: CartResult,
      description:
        'Adds to the line of this sku, or starts one. 1 to 999 a line, 100 lines a cart: past that INVALID_INPUT, and nothing changes.',
      args: { input: t.arg({ type: CartItemInput, required: true, description: 'What to add.' }) },
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
      args: {
        input: t.arg({
          type: CartItemQuantityInput,
          required: true,
          description: 'What the line is to be.',
        }),
      },
      resolve(_root, { input }, { session, now }) {
        const item = parseInput(itemInput, input)
        const at = now()
        session.update('cart', (cart) => setLine(cart, item.sku, item.quantity, at))
        return {}
      },
    }),

    removeCartItem: t.field({
      type: CartResult,
      description: 'Removes a line. NOT_FOUND where the cart has no such line.',
      args: { sku: t.arg.id({ required: true, description: 'Of the line.' }) },
      resolve(_root, args, { session }) {
        session.update('cart', (cart) => removeLine(cart, args.sku))
        return {}
      },
    }),

    clearCart: t.field({
      type: CartResult,
      description: 'Removes every line.',
      resolve(_root, _args, { session }) {
        session.delete('cart')
        return {}
      },
    }),
  }))
}
