import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'

/** A process as /proc shows it. `startTime` tells it from another one that got the same pid later. */
export interface Process {
  readonly pid: number
  readonly parentPid: number
  readonly uid: number
  readonly startTime: string
  readonly argv: readonly string[]
  /** The program, by the kernel's word: what a process says its words are, it can change. Empty of the kernel's own. */
  readonly program: string
}

/** The process of that pid; undefined where it is gone, or only waits to be buried. */
export async function findProcess(pid: number): Promise<Process | undefined> {
  try {
    const [stat, status, commandLine, program] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
      readlink(`/proc/${pid}/exe`).catch(() => ''),
    ])
    // The name in brackets may hold anything; the fields after its end do not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    const uid = Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status)?.[1])
    return {
      pid,
      parentPid: Number(fields[1]),
      uid,
      startTime: fields[19] ?? '',
      argv: commandLine.split('\0').slice(0, -1),
      // One that was upgraded meanwhile is "/usr/bin/x (deleted)".
      program: basename(program.split(' ')[0] ?? ''),
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

/** All processes now. */
export async function listProcesses(): Promise<Process[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(pids.map(findProcess))
  return found.filter((process) => process !== undefined)
}

/** Whether that very process is still there, and not a stranger that got its pid. */
export async function isThere(process: Process): Promise<boolean> {
  return (await findProcess(process.pid))?.startTime === process.startTime
}

/** Ends a process for sure, if it is still the one that was meant. */
export async function killProcess(process: Process): Promise<void> {
  if (!(await isThere(process))) return
  try {
    globalThis.process.kill(process.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
