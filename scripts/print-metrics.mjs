// Writes docs/metrics.md from the declaration of the metrics. Usage: npm run print-metrics
import { writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { metricsPage } from '../dist/metrics/page.js'

const filepath = 'docs/metrics.md'
writeFileSync(
  filepath,
  await format(metricsPage(), { ...(await resolveConfig(filepath)), filepath }),
)
