import type { Vm } from '@viv/api'
import { VM_STATES } from '@viv/common'
import { nameKey } from '../domain/sorted-entries.ts'
import { ListView } from './list-view.ts'
import type { ServiceParts } from './parts.ts'
import { findVmView } from './vm-facts.ts'

export function vmList(parts: ServiceParts): ListView<Vm> {
  const { documents } = parts
  const list: ListView<Vm> = new ListView<Vm>(parts, {
    kind: 'vm',
    usualSort: 'name',
    known: { state: VM_STATES },
    without: { facet: 'state', value: 'recycled' },
    shape: {
      sorts: {
        name: ({ name }) => nameKey(name),
        state: ({ state }) => state,
        host: ({ hostId }) => nameKey(documents.hosts.find(hostId)?.value.name ?? ''),
        cpus: ({ hardware }) => hardware.cpus,
        memoryMib: ({ hardware }) => hardware.memoryMib,
        createdAt: ({ createdAt }) => createdAt,
        startedAt: ({ startedAt }) => startedAt ?? '',
      },
      facets: {
        name: ({ name }) => name.toLowerCase(),
        state: ({ state }) => state,
        hostId: ({ hostId }) => hostId,
        imageId: ({ imageId }) => imageId ?? '',
        tag: ({ tags }) => tags.map((tag) => tag.toLowerCase()),
      },
      text: ({ name }) => name,
    },
    ids: () => documents.vms.ids(),
    view: (id) => findVmView(parts, id),
    affected: ({ kind, id }) => {
      if (kind === 'vm' || kind === 'vm-status') return [id]
      if (kind === 'claim' && id.startsWith('vm.')) return [id.slice('vm.'.length)]
      return kind === 'host' ? list.idsOf('hostId', id) : []
    },
  })
  return list
}
