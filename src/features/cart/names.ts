import { z } from 'zod'

declare module '../../session/record/session-data.ts' {
  interface SessionData {
    readonly cart: CartData
  }
}

declare module '../../graphql/named-types.ts' {
  interface NamedTypes {
    Cart: CartData
  }
}

const line = z
  .object({ sku: z.string(), quantity: z.number().int(), addedAt: z.number().int() })
  .readonly()
const schema = z.object({ items: z.array(line).readonly() }).readonly()

/** One line of a cart; `addedAt` in milliseconds since 1970. */
export type CartLine = z.infer<typeof line>

/** The visitor's cart, in the order the lines were started. */
export type CartData = z.infer<typeof schema>

/** How the session keeps a cart: a hundred lines of the longest sku fit. */
export const cartDefinition = { schema, maxBytes: 32_768 }

/** What is in the cart of a visitor who has none. */
export const emptyCart: CartData = { items: [] }
