import type { VNode } from 'preact'
import { Cell } from './cell.tsx'
import { chartCount } from './chart.tsx'
import type { ChartData } from './chart.tsx'
import { StepTime } from './times.tsx'

/**
 * Each bar of charts over the same steps, as a row of a table that opens: for readers who do not see the bars, and for those
 * who want the number of one.
 */
export function ChartNumbers({
  heading,
  charts,
}: {
  heading: string
  charts: readonly ChartData[]
}): VNode | null {
  const [first] = charts
  if (first === undefined) return null
  const { unit, steps } = first
  return (
    <details class="numbers">
      <summary>{`${heading} in numbers`}</summary>
      <div class="list inside">
        <table>
          <caption class="visually-hidden">{`${heading}, by the ${unit}`}</caption>
          <thead>
            <tr>
              <th scope="col">{unit === 'hour' ? 'Hour from' : 'Day'}</th>
              {charts.map(({ name }) => (
                <th scope="col" key={name} class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps
              .map((step, at) => (
                <tr key={step.from}>
                  <th scope="row">
                    <StepTime at={new Date(step.from)} unit={unit} />
                  </th>
                  {charts.map(({ name, counts }) => (
                    <Cell key={name} of={name} isNumber={true}>
                      {chartCount(counts[at] ?? 0)}
                    </Cell>
                  ))}
                </tr>
              ))
              .toReversed()}
          </tbody>
        </table>
      </div>
    </details>
  )
}
