/**
 * What `work` comes to; undefined where so many milliseconds pass first, and the work goes on without its caller. Rejects
 * where the work does so in time. What it rejects with later is no caller's any more.
 */
export async function inTime<Result>(
  work: Promise<Result>,
  milliseconds: number,
): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((done) => (timer = setTimeout(done, milliseconds, undefined)))
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
