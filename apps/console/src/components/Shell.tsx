import { Alert, Button, Select } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { useConnection } from '../api/live.ts'
import { logOut } from '../api/session.ts'
import { Link } from '../ui/Link.tsx'
import { Mark, type Tone } from '../ui/Mark.tsx'
import { paths } from '../util/paths.ts'
import { setLanguage, setTheme, useTheme } from '../util/preferences.ts'
import { usePlace } from '../util/router.ts'
import { useWords } from '../words/words.ts'
import { TaskTray } from './TaskTray.tsx'

const PLACES = ['vms', 'images', 'hosts', 'tasks', 'history', 'tokens'] as const

/** Around every page: where to go, who is logged in, whether what is shown is live. */
export function Shell({ userName, children }: { readonly userName: string; readonly children: ReactNode }) {
  const { say } = useWords()
  const { path } = usePlace()
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {say('app.skip')}
      </a>
      <header>
        <Link to={paths.vms} className="brand">
          {say('app.name')}
        </Link>
        <Connection />
        <span className="header-end">
          <Preferences />
          <span className="user">{userName}</span>
          <Button size="small" onClick={() => void logOut()}>
            {say('login.logout')}
          </Button>
        </span>
      </header>
      <nav aria-label={say('app.navigation')}>
        {PLACES.map((place) => (
          <Link
            key={place}
            to={paths[place]}
            isCurrent={path.startsWith(paths[place]) || (path === '/' && place === PLACES[0])}
          >
            {say(`page.${place}`)}
          </Link>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        <LostForLong />
        {children}
      </main>
      <TaskTray />
    </div>
  )
}

export function Preferences() {
  const { say, language } = useWords()
  const theme = useTheme()
  return (
    <>
      <Select
        size="small"
        aria-label={say('app.language')}
        value={language}
        onChange={setLanguage}
        options={[
          { value: 'en', label: 'English' },
          { value: 'zh', label: '中文' },
        ]}
      />
      <Button size="small" onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}>
        {say(theme === 'dark' ? 'app.light' : 'app.dark')}
      </Button>
    </>
  )
}

const TONES: Readonly<Record<ReturnType<typeof useConnection>, Tone>> = {
  live: 'good',
  connecting: 'busy',
  lost: 'bad',
}

function Connection() {
  const { say } = useWords()
  const connection = useConnection()
  return (
    <span role="status" className="connection">
      <Mark tone={TONES[connection]}>{say(`connection.${connection}`)}</Mark>
    </span>
  )
}

/** A short cut mends itself before anybody has read a sentence about it. */
const LOST_MS = 1_500

function LostForLong() {
  const { say } = useWords()
  const isLost = useConnection() === 'lost'
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    if (!isLost) {
      setLong(false)
      return
    }
    const timer = setTimeout(() => setLong(true), LOST_MS)
    return () => clearTimeout(timer)
  }, [isLost])
  return isLong ? <Alert type="warning" showIcon role="alert" title={say('connection.lostLong')} /> : null
}
