/** What Prisma's client closes by. */
interface Closeable {
  $disconnect(): Promise<void>
}

/**
 * Closes the client and, with `close`, what is below it. The client lets go of its connections only where it has opened them
 * itself, with the first of its own queries; prepared statements use them before.
 */
export function closing(client: Closeable, close: () => Promise<void>): () => Promise<void> {
  const disconnect = client.$disconnect.bind(client)
  return async () => {
    try {
      await disconnect()
    } finally {
      await close()
    }
  }
}
