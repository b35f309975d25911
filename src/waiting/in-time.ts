/**
 * The result of `work`; undefined where so many milliseconds pass first. The work goes on then without its caller. Rejects where
 * the work rejects in time. A later rejection reaches no caller, and counts as handled.
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
