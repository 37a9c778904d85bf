import type { Vm } from '@viv/api'
import { isAllowed } from '@viv/common'
import { Alert, Spin, Tabs } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useIsReachable } from '../api/known.ts'
import { historyList, taskList } from '../api/lists.ts'
import { useList } from '../api/use-list.ts'
import { useObject } from '../api/use-object.ts'
import { client } from '../api/wire.ts'
import { ErrorText } from '../components/ErrorText.tsx'
import { HistoryTable } from '../components/HistoryTable.tsx'
import { TaskList } from '../components/TaskList.tsx'
import { VmStateMark } from '../components/states.tsx'
import { VmActions } from '../components/vm-actions.tsx'
import { AutostartNotice } from '../components/VmAutostart.tsx'
import { RecoveryNotice } from '../components/VmCrashPolicy.tsx'
import { VmFacts } from '../components/VmFacts.tsx'
import { VmClone } from '../forms/vm-clone.tsx'
import { VmDisc } from '../forms/vm-disc.tsx'
import { VmEdit } from '../forms/vm-edit.tsx'
import { VmParts } from '../forms/vm-parts.tsx'
import { Link } from '../ui/Link.tsx'
import { Page } from '../ui/Page.tsx'
import { paths } from '../util/paths.ts'
import { moment } from '../util/quantities.ts'
import { navigate } from '../util/router.ts'
import { tellBlocker } from '../words/refusals.ts'
import { useWords } from '../words/words.ts'

// Both are large: they come when somebody looks.
const Screen = lazy(() => import('../components/Screen.tsx').then((file) => ({ default: file.Screen })))
const SerialLine = lazy(() => import('../components/SerialLine.tsx').then((file) => ({ default: file.SerialLine })))

const TABS = ['overview', 'screen', 'serial', 'tasks', 'history'] as const
type Tab = (typeof TABS)[number]

const readVm = (vmId: string): Promise<Vm> => client.vmGet({ params: { vmId } })

export function VmPage({ vmId, tab }: { readonly vmId: string; readonly tab: string | undefined }) {
  const { say } = useWords()
  const { value: vm, isGone, error } = useObject('vm', vmId, readVm)
  const back = <Link to={paths.vms}>{say('page.vms')}</Link>
  if (isGone) {
    return (
      <Page title={vm?.name ?? say('page.vms')} appName={say('app.name')} above={back}>
        <Alert type="info" showIcon title={say('vm.gone')} />
        <p>
          <Link to={paths.historyOf(vmId)}>{say('vm.goneHistory')}</Link>
        </p>
      </Page>
    )
  }
  if (vm === undefined) {
    return (
      <Page title={say('page.vms')} appName={say('app.name')} above={back}>
        {error === undefined ? <Spin aria-label={say('app.loading')} /> : <ErrorText error={error} />}
      </Page>
    )
  }
  const current = TABS.find((one) => one === tab) ?? 'overview'
  const actions = (
    <>
      <VmActions vm={vm} />
      {isAllowed('edit', vm.state) ? <VmEdit vm={vm} /> : null}
      {isAllowed('changeDisc', vm.state) ? <VmDisc vm={vm} /> : null}
      {isAllowed('clone', vm.state) ? <VmClone vm={vm} /> : null}
    </>
  )
  return (
    <Page title={vm.name} appName={say('app.name')} above={back} actions={actions}>
      <p className="vm-state">
        <VmStateMark vm={vm} />
      </p>
      <HostSilent vm={vm} />
      <WhyStill vm={vm} />
      <AutostartNotice vm={vm} />
      <RecoveryNotice vm={vm} />
      <Broken vm={vm} />
      <Tabs
        activeKey={current}
        onChange={(chosen) => navigate(paths.vm(vm.id, chosen), { replace: true })}
        destroyOnHidden
        items={TABS.map((key) => ({ key, label: say(`tab.${key}`), children: <TabContent tab={key} vm={vm} /> }))}
      />
    </Page>
  )
}

function HostSilent({ vm }: { readonly vm: Vm }) {
  const { say, language } = useWords()
  const at = vm.statusAt === undefined ? say('app.none') : moment(vm.statusAt, language)
  return useIsReachable(vm) ? null : <Alert type="warning" showIcon title={say('vm.hostSilent', { at })} />
}

/** Why it does not run on, where that is known. */
function WhyStill({ vm: { pauseReason, silenceReason, heldBack } }: { readonly vm: Vm }) {
  const { name, language } = useWords()
  if (heldBack !== undefined) return <Alert type="error" showIcon title={tellBlocker(heldBack, language)} />
  if (silenceReason !== undefined) return <Alert type="error" showIcon title={name('silence', silenceReason)} />
  return pauseReason === undefined ? null : <Alert type="warning" showIcon title={name('pause', pauseReason)} />
}

/** What of its machine has ended while it runs. */
function Broken({ vm: { brokenParts = [] } }: { readonly vm: Vm }) {
  const { name } = useWords()
  return brokenParts.map((part) => <Alert key={part} type="error" showIcon title={name('vm.broken', part)} />)
}

function TabContent({ tab, vm }: { readonly tab: Tab; readonly vm: Vm }) {
  switch (tab) {
    case 'overview':
      return (
        <>
          <VmFacts vm={vm} />
          <VmParts vm={vm} />
        </>
      )
    case 'screen':
      return (
        <Suspense fallback={<Spin />}>
          <Screen vm={vm} />
        </Suspense>
      )
    case 'serial':
      return (
        <Suspense fallback={<Spin />}>
          <SerialLine vm={vm} />
        </Suspense>
      )
    case 'tasks':
      return <VmTasks vm={vm} />
    case 'history':
      return <VmHistory vm={vm} />
  }
}

function VmTasks({ vm }: { readonly vm: Vm }) {
  const { say } = useWords()
  const [sort, setSort] = useState<'startedAt' | '-startedAt'>('-startedAt')
  const list = useList(taskList({ targetId: vm.id, sort }))
  return (
    <TaskList list={list} sort={sort} onSort={(chosen) => setSort(chosen as typeof sort)} label={say('tab.tasks')} />
  )
}

const SHOWN = 20

function VmHistory({ vm }: { readonly vm: Vm }) {
  const [shown, setShown] = useState(SHOWN)
  const list = useList(historyList({ objectId: vm.id, sort: '-at' }))
  list.want(0, shown)
  return <HistoryTable list={list} shown={shown} onMore={() => setShown(shown + SHOWN)} vm={vm} />
}
