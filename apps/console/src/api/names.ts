import { everyItem } from '@viv/client'
import { useEffect } from 'react'
import { createStore, useStore } from '../util/store.ts'
import { follow } from './live.ts'
import { client } from './wire.ts'

/** Names of hosts and images by id: other objects name them by id alone. */
type Names = ReadonlyMap<string, string>
const stores = { host: createStore<Names>(new Map()), image: createStore<Names>(new Map()) }
const begun = new Set<string>()

async function read(kind: 'host' | 'image'): Promise<void> {
  const list = kind === 'host' ? everyItem(client.hostList, {}) : everyItem(client.imageList, {})
  const items: readonly { id: string; name: string }[] = await list
  stores[kind].set(new Map(items.map(({ id, name }) => [id, name])))
}

/** Read once for the whole console, then kept up to date. */
export function useNames(kind: 'host' | 'image'): Names {
  useEffect(() => {
    if (begun.has(kind)) return
    begun.add(kind)
    const again = (): void => void read(kind).catch(() => begun.delete(kind))
    again()
    follow(kind, {
      onChange: (id, object) => {
        const { name } = object ?? {}
        if (name === undefined || stores[kind].get().get(id) === name) return
        stores[kind].set(new Map([...stores[kind].get(), [id, name]]))
      },
      onStartOver: again,
    })
  }, [kind])
  return useStore(stores[kind])
}
