/** Would it have made a second row where a unique column allows one? P2002 is Prisma's word for that. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'P2002'
}
