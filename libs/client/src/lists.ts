import type { Page } from '@viv/api'

/** As many as one page may hold: fewer turns for somebody who wants all. */
const PAGE = '1000'

interface ListInput<Q> {
  readonly query?: Q
}

/** Everything on all pages of a list: `everyItem(client.vmList, { state: 'running' })`. */
export async function everyItem<T, Q extends { limit?: string; cursor?: string }>(
  list: (input: ListInput<Q>) => Promise<Page<T>>,
  query: Omit<Q, 'limit' | 'cursor'>,
): Promise<T[]> {
  const items: T[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await list({ query: { ...query, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } as Q })
    items.push(...page.items)
    if (page.next === undefined) return items
    cursor = page.next
  }
}
