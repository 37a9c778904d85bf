import { ConfigProvider, Spin, theme as antdTheme } from 'antd'
import en from 'antd/locale/en_US'
import zh from 'antd/locale/zh_CN'
import { lazy, Suspense, useEffect } from 'react'
import { startLive } from './api/live.ts'
import { startMyTasks } from './api/my-tasks.ts'
import { findSession, useSession } from './api/session.ts'
import { ChangeProvider } from './components/change.tsx'
import { Preferences, Shell } from './components/Shell.tsx'
import { LoginPage } from './pages/LoginPage.tsx'
import { VmsPage } from './pages/VmsPage.tsx'
import { Link } from './ui/Link.tsx'
import { paths } from './util/paths.ts'
import { useLanguage, useTheme } from './util/preferences.ts'
import { usePlace } from './util/router.ts'
import { useWords } from './words/words.ts'

const VmPage = lazy(() => import('./pages/VmPage.tsx').then((file) => ({ default: file.VmPage })))
const VmCreatePage = lazy(() => import('./pages/VmCreatePage.tsx').then((file) => ({ default: file.VmCreatePage })))
const ImagesPage = lazy(() => import('./pages/ImagesPage.tsx').then((file) => ({ default: file.ImagesPage })))
const HostsPage = lazy(() => import('./pages/HostsPage.tsx').then((file) => ({ default: file.HostsPage })))
const TasksPage = lazy(() => import('./pages/TasksPage.tsx').then((file) => ({ default: file.TasksPage })))
const HistoryPage = lazy(() => import('./pages/HistoryPage.tsx').then((file) => ({ default: file.HistoryPage })))
const TokensPage = lazy(() => import('./pages/TokensPage.tsx').then((file) => ({ default: file.TokensPage })))

/** Colours of antd that words on them can be read by everybody (4.5 : 1). */
const COLOURS = {
  light: {
    colorPrimary: '#0958d9',
    colorPrimaryHover: '#003eb3',
    colorPrimaryActive: '#002c8c',
    colorLink: '#0958d9',
    colorError: '#cf1322',
    colorTextPlaceholder: '#696969',
    colorTextDescription: '#595959',
  },
  dark: {
    colorPrimary: '#69b1ff',
    colorLink: '#69b1ff',
    colorError: '#ff9c99',
    colorTextPlaceholder: '#a6a6a6',
    colorTextDescription: '#b3b3b3',
    colorTextLightSolid: '#000000',
  },
} as const

export function App() {
  const language = useLanguage()
  const theme = useTheme()
  return (
    <ConfigProvider
      locale={language === 'zh' ? zh : en}
      button={{ autoInsertSpace: false }}
      theme={{
        algorithm: theme === 'dark' ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
        token: { ...COLOURS[theme], motion: false, borderRadius: 4 },
      }}
    >
      <Entrance />
    </ConfigProvider>
  )
}

function Entrance() {
  const { say } = useWords()
  const session = useSession()
  useEffect(() => void findSession(), [])
  const isIn = session.is === 'in'
  useEffect(() => {
    if (!isIn) return
    const ends = [startMyTasks(), startLive()]
    return () => {
      for (const end of ends) end()
    }
  }, [isIn])
  switch (session.is) {
    case 'unknown':
      return <Spin fullscreen description={say('app.loading')} />
    case 'out':
      return (
        <div className="entrance">
          <header>
            <Preferences />
          </header>
          <LoginPage hasEnded={session.hasEnded} />
        </div>
      )
    case 'in':
      return (
        <ChangeProvider>
          <Shell userName={session.session.userName}>
            <Suspense fallback={<Spin />}>
              <Pages />
            </Suspense>
          </Shell>
        </ChangeProvider>
      )
  }
}

function Pages() {
  const { say } = useWords()
  const { path } = usePlace()
  const [, place = '', id, tab] = path.split('/')
  if (path === '/' || path === paths.vms) return <VmsPage />
  if (path === paths.vmCreate) return <VmCreatePage />
  if (place === 'vms' && id !== undefined) return <VmPage key={id} vmId={id} tab={tab} />
  if (path === paths.images) return <ImagesPage />
  if (path === paths.hosts) return <HostsPage />
  if (path === paths.tasks) return <TasksPage />
  if (path === paths.history) return <HistoryPage />
  if (path === paths.tokens) return <TokensPage />
  return (
    <>
      <p>{say('app.notFound')}</p>
      <Link to={paths.vms}>{say('app.back')}</Link>
    </>
  )
}
