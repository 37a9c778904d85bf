import type { Datastore, Host } from '@viv/api'
import { datastoreList, hostList } from '../api/lists.ts'
import { useHosts } from '../api/known.ts'
import { useList } from '../api/use-list.ts'
import { ErrorText } from '../components/ErrorText.tsx'
import { ListTools } from '../components/ListTools.tsx'
import { LongText } from '../components/LongText.tsx'
import { HostStateMark } from '../components/states.tsx'
import { UpgradeNotice } from '../components/UpgradeNotice.tsx'
import { Page } from '../ui/Page.tsx'
import { type Column, VirtualTable } from '../ui/VirtualTable.tsx'
import { bytes, mebibytes } from '../util/quantities.ts'
import { useQuestion } from '../util/use-question.ts'
import { useWords } from '../words/words.ts'

type HostSort = NonNullable<Parameters<typeof hostList>[0]['sort']>

/** What a host's agent says of it; every part may be missing, for an agent may be older or newer. */
interface HostFacts {
  readonly cpus?: number
  readonly memoryMib?: number
  readonly qemuVersion?: string
  readonly kvm?: { readonly isUsable?: boolean; readonly problem?: string }
}
const factsOf = ({ facts }: Host): HostFacts => (facts ?? {}) as HostFacts

export function HostsPage() {
  const { say } = useWords()
  const { query, search, ask, onSearch } = useQuestion()
  const sort = (query.get('sort') ?? 'name') as HostSort
  const list = useList(hostList({ sort, ...(search === '' ? {} : { search }) }))
  const datastores = useList(datastoreList())
  return (
    <Page title={say('page.hosts')} appName={say('app.name')}>
      <UpgradeNotice />
      <ListTools search={search} onSearch={onSearch} list={list} />
      <ErrorText error={list.error} />
      <VirtualTable
        label={say('page.hosts')}
        columns={useHostColumns()}
        total={list.total}
        row={list.row}
        keyOf={(host) => host.id}
        onView={list.want}
        sort={sort}
        onSort={(chosen) => ask({ sort: chosen })}
        empty={say(search === '' ? 'list.empty' : 'list.emptyFiltered')}
      />
      <h2>{say('host.datastores')}</h2>
      <ErrorText error={datastores.error} />
      <VirtualTable
        label={say('host.datastores')}
        columns={useDatastoreColumns()}
        total={datastores.total}
        row={datastores.row}
        keyOf={(datastore) => datastore.id}
        onView={datastores.want}
        empty={say('list.empty')}
      />
    </Page>
  )
}

function useHostColumns(): Column<Host>[] {
  const { say } = useWords()
  const none = say('app.none')
  return [
    { key: 'name', title: say('host.name'), width: 'minmax(130px, 1fr)', sort: 'name', render: (host) => host.name },
    {
      key: 'reachable',
      title: say('host.reachable'),
      width: 'minmax(130px, 1fr)',
      render: (host) => <HostStateMark host={host} />,
    },
    { key: 'cpus', title: say('host.cpus'), width: '80px', sort: 'cpus', render: (host) => factsOf(host).cpus ?? none },
    {
      key: 'memory',
      title: say('host.memory'),
      width: '110px',
      sort: 'memoryMib',
      render: (host) => mebibytes(factsOf(host).memoryMib ?? 0),
    },
    {
      key: 'accelerator',
      title: say('host.accelerator'),
      width: 'minmax(260px, 3fr)',
      render: (host) => {
        const { kvm } = factsOf(host)
        if (kvm?.isUsable === true) return say('host.kvm')
        const words = kvm?.problem === undefined ? say('host.tcg') : say('host.tcgWhy', { problem: kvm.problem })
        return <LongText title={`${host.name}: ${say('host.accelerator')}`} text={words} />
      },
    },
    { key: 'version', title: say('host.version'), width: '130px', render: (host) => host.agentVersion },
  ]
}

function useDatastoreColumns(): Column<Datastore>[] {
  const { say } = useWords()
  const hosts = useHosts()
  return [
    { key: 'name', title: say('datastore.name'), width: 'minmax(130px, 1fr)', render: (one) => one.name },
    { key: 'kind', title: say('datastore.kind'), width: '90px', render: (one) => one.kind },
    {
      key: 'hosts',
      title: say('datastore.hosts'),
      width: 'minmax(130px, 1fr)',
      render: (one) => one.hostIds.map((id) => hosts.get(id)?.name ?? id).join(', '),
    },
    {
      key: 'usage',
      title: say('datastore.free'),
      width: 'minmax(200px, 1fr)',
      render: (one) => say('datastore.usage', { free: bytes(one.freeBytes), total: bytes(one.totalBytes) }),
    },
  ]
}
