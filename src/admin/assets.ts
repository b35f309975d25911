import { makeAsset } from '../http/asset.ts'
import type { Asset } from '../http/asset.ts'
import { icon } from '../http/icon.ts'
import { layoutStyles } from './assets/layout-styles.ts'
import { listStyles } from './assets/list-styles.ts'
import { script } from './assets/script.ts'
import { widgetStyles } from './assets/widget-styles.ts'

/** The files of the pages. Browsers keep them: their names change with what is in them. */
export interface AdminAssets {
  readonly styles: Asset
  readonly script: Asset
  readonly icon: Asset
  readonly byName: ReadonlyMap<string, Asset>
}

/** Makes and compresses them, once for a process. */
export async function loadAssets(): Promise<AdminAssets> {
  const [styles, scripts, picture] = await Promise.all([
    makeAsset('css', 'text/css; charset=utf-8', layoutStyles + widgetStyles + listStyles),
    makeAsset('js', 'text/javascript; charset=utf-8', script),
    makeAsset('svg', 'image/svg+xml', icon),
  ])
  const byName = new Map([styles, scripts, picture].map((asset) => [asset.name, asset]))
  return { styles, script: scripts, icon: picture, byName }
}
