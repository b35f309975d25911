import { hosts } from './hosts.ts'
import { describeMounts } from './promises-of-mounts.ts'

for (const host of hosts) describeMounts(host)
