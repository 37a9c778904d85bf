import type { Host, Image, Vm } from '@viv/api'
import { everyItem } from '@viv/client'
import { useEffect } from 'react'
import { createStore, type Store, useStore } from '../util/store.ts'
import { follow, type LiveKind } from './live.ts'
import { client } from './wire.ts'

/** All hosts and all images, which are few: other objects name them by id alone. Read once, then kept up to date. */
type Known<T> = ReadonlyMap<string, T>

interface KnownKind<T> {
  readonly kind: LiveKind
  readonly store: Store<Known<T>>
  readonly read: () => Promise<readonly T[]>
  hasBegun: boolean
}

const hosts: KnownKind<Host> = {
  kind: 'host',
  store: createStore<Known<Host>>(new Map()),
  read: () => everyItem(client.hostList, {}),
  hasBegun: false,
}

const images: KnownKind<Image> = {
  kind: 'image',
  store: createStore<Known<Image>>(new Map()),
  read: () => everyItem(client.imageList, {}),
  hasBegun: false,
}

function begin<T extends { readonly id: string }>(known: KnownKind<T>): void {
  if (known.hasBegun) return
  known.hasBegun = true
  const again = (): void => {
    known.read().then(
      (items) => known.store.set(new Map(items.map((item) => [item.id, item]))),
      // The manager is not there: when it is back, everything is read again.
      () => undefined,
    )
  }
  again()
  follow(known.kind, {
    onChange: (id, object) => {
      const next = new Map(known.store.get())
      if (object === null) next.delete(id)
      else next.set(id, object as unknown as T)
      known.store.set(next)
    },
    onStartOver: again,
  })
}

function useKnown<T extends { readonly id: string }>(known: KnownKind<T>): Known<T> {
  useEffect(() => begin(known), [known])
  return useStore(known.store)
}

export const useHosts = (): Known<Host> => useKnown(hosts)
export const useImages = (): Known<Image> => useKnown(images)

/** Whether what is known of a VM is so now. Its host's word is newer than the one in the VM. */
export const useIsReachable = (vm: Vm): boolean => useHosts().get(vm.hostId)?.isReachable ?? vm.hostReachable
