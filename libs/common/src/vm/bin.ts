/** How long the recycle bin holds a VM. */
export const HOLD_HOURS = { usual: 72, most: 168 } as const
