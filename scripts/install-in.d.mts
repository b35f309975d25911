/** Installs what the lock file of `folder` names, where that is not done yet. */
export function installIn(folder: string): void
