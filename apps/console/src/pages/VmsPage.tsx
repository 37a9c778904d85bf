import type { Vm } from '@viv/api'
import { VM_STATES } from '@viv/common'
import { Button, Select } from 'antd'
import { useMemo } from 'react'
import { useHosts } from '../api/known.ts'
import { useList } from '../api/use-list.ts'
import { vmList, type VmSort } from '../api/vms.ts'
import { ErrorText } from '../components/ErrorText.tsx'
import { ListTools } from '../components/ListTools.tsx'
import { VmStateMark } from '../components/states.tsx'
import { VmRowActions } from '../components/vm-actions.tsx'
import { VmAdopt } from '../forms/vm-adopt.tsx'
import { Link } from '../ui/Link.tsx'
import { Page } from '../ui/Page.tsx'
import { type Column, VirtualTable } from '../ui/VirtualTable.tsx'
import { paths } from '../util/paths.ts'
import { mebibytes, moment } from '../util/quantities.ts'
import { navigate } from '../util/router.ts'
import { useQuestion } from '../util/use-question.ts'
import { useWords } from '../words/words.ts'

const keyOf = (vm: Vm): string => vm.id

/** The state of what is in the recycle bin: shown only where it is asked for. */
const BIN = 'recycled'

/** Every VM, however many: searched, sorted and filtered by the server, a page at a time. What is asked stands in the address. */
export function VmsPage() {
  const { say, name } = useWords()
  const { query, search, ask, onSearch } = useQuestion()
  const sort = (query.get('sort') ?? 'name') as VmSort
  const state = query.get('state') ?? ''
  const list = useList(vmList({ sort, ...(search === '' ? {} : { search }), ...(state === '' ? {} : { state }) }))
  const isBin = state === BIN
  const isFiltered = search !== '' || state !== ''
  const create = (
    <>
      <Button aria-pressed={isBin} onClick={() => ask({ state: isBin ? '' : BIN })}>
        {say('vm.bin')}
      </Button>
      <VmAdopt />
      <Button type="primary" onClick={() => navigate(paths.vmCreate)}>
        {say('vm.create')}
      </Button>
    </>
  )
  return (
    <Page title={say('page.vms')} appName={say('app.name')} actions={create}>
      <ListTools search={search} onSearch={onSearch} list={list}>
        <Select
          aria-label={say('list.state')}
          value={state}
          onChange={(chosen) => ask({ state: chosen })}
          options={[
            { value: '', label: say('list.anyState') },
            ...VM_STATES.map((one) => ({ value: one, label: name('state', one) })),
          ]}
        />
      </ListTools>
      <ErrorText error={list.error} />
      <VirtualTable
        label={say('page.vms')}
        columns={useColumns()}
        total={list.total}
        row={list.row}
        keyOf={keyOf}
        onView={list.want}
        sort={sort}
        onSort={(chosen) => ask({ sort: chosen })}
        empty={
          isFiltered ? (
            say(isBin && search === '' ? 'vm.binEmpty' : 'list.emptyFiltered')
          ) : (
            <>
              <p>{say('list.empty')}</p>
              <Link to={paths.vmCreate}>{say('vm.first')}</Link>
            </>
          )
        }
      />
    </Page>
  )
}

function useColumns(): Column<Vm>[] {
  const { say, language } = useWords()
  const hosts = useHosts()
  return useMemo(
    () => [
      {
        key: 'name',
        title: say('vm.name'),
        width: 'minmax(150px, 2fr)',
        sort: 'name',
        render: (vm) => <Link to={paths.vm(vm.id)}>{vm.name}</Link>,
      },
      {
        key: 'state',
        title: say('vm.state'),
        width: 'minmax(170px, 1.6fr)',
        sort: 'state',
        render: (vm) => <VmStateMark vm={vm} isShort />,
      },
      {
        key: 'host',
        title: say('vm.host'),
        width: 'minmax(110px, 1fr)',
        sort: 'host',
        render: (vm) => hosts.get(vm.hostId)?.name ?? '',
      },
      { key: 'cpus', title: say('vm.cpus'), width: '80px', sort: 'cpus', render: (vm) => vm.hardware.cpus },
      {
        key: 'memory',
        title: say('vm.memory'),
        width: '110px',
        sort: 'memoryMib',
        render: (vm) => mebibytes(vm.hardware.memoryMib),
      },
      {
        key: 'created',
        title: say('vm.created'),
        width: 'minmax(170px, 1fr)',
        sort: 'createdAt',
        render: (vm) => moment(vm.createdAt, language, 'minute'),
      },
      { key: 'actions', title: say('list.actions'), width: '170px', render: (vm) => <VmRowActions vm={vm} /> },
    ],
    [say, language, hosts],
  )
}
