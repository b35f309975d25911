import type { VNode } from 'preact'
import { mostCounted } from '../auth/audit/audit-tally.ts'
import type { Step } from '../auth/audit/audit-tally.ts'
import { figure } from '../numbers.ts'
import { stepName, StepTime } from './times.tsx'

/** Counts over steps of time. */
export interface ChartData {
  readonly name: string
  /** Are these what an operator would rather not see? */
  readonly isBad: boolean
  /** What its numbers leave out. */
  readonly note?: string
  readonly unit: 'hour' | 'day'
  readonly steps: readonly Step[]
  /** Of each step. */
  readonly counts: readonly number[]
}

/** The number of a step, as a page writes it. What is counted no further has a plus. */
export function chartCount(counted: number): string {
  return `${figure(counted)}${counted >= mostCounted ? '+' : ''}`
}

const height = 40
const slot = 10

/** A bar for each step. For readers who do not see it, its label has the sum and the most, and `ChartNumbers` each bar. */
export function Chart({ chart }: { chart: ChartData }): VNode {
  const { name, isBad, note, unit, steps, counts } = chart
  const most = Math.max(1, ...counts)
  const sum = counts.reduce((total, count) => total + count, 0)
  const isMore = counts.some((count) => count >= mostCounted)
  const total = `${figure(sum)}${isMore ? '+' : ''}`
  const nameOf = (step: Step | undefined) => (step ? stepName(new Date(step.from), unit) : '')
  const label = `${name}: ${total}, at most ${sum === 0 ? 0 : chartCount(most)} in one ${unit}`
  return (
    <figure>
      <figcaption>
        <span>{name}</span>
        <b>{total}</b>
      </figcaption>
      <svg
        class="chart"
        role="img"
        aria-label={label}
        viewBox={`0 0 ${counts.length * slot} ${height}`}
        preserveAspectRatio="none"
      >
        {counts.map((count, at) => {
          const tall = count === 0 ? 0 : Math.max(2, Math.round((count / most) * height))
          return (
            <g key={at}>
              <rect class="slot" x={at * slot + 1} y={0} width={slot - 2} height={height} />
              {tall > 0 && (
                <rect
                  class={isBad ? 'bar bad' : 'bar'}
                  x={at * slot + 1}
                  y={height - tall}
                  width={slot - 2}
                  height={tall}
                >
                  <title>{`${chartCount(count)} in the ${unit} from ${nameOf(steps[at])}`}</title>
                </rect>
              )}
            </g>
          )
        })}
      </svg>
      <p class="scale" aria-hidden="true">
        <Edge step={steps[0]} unit={unit} />
        {sum > 0 && <span class="most">{`most: ${chartCount(most)}`}</span>}
        <Edge step={steps.at(-1)} unit={unit} />
      </p>
      {note !== undefined && <p class="hint">{note}</p>}
    </figure>
  )
}

function Edge({ step, unit }: { step: Step | undefined; unit: 'hour' | 'day' }): VNode {
  return step ? <StepTime at={new Date(step.from)} unit={unit} /> : <span />
}
