import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** One run with projects, so that the one closing line counts every tier. */
const tier = (name: string, include: string[], timeoutSeconds: number, extra: object = {}) => ({
  test: { name, include, testTimeout: timeoutSeconds * 1000, hookTimeout: timeoutSeconds * 1000, ...extra },
})

/** What starts real processes gets a process of its own. */
const apart = { pool: 'forks' } as const

/** A file that takes minutes begins first: begun last, it would run alone at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/crash.e2e.ts')
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    // Most of a test's time its guest boots, translated on one core: two files fill two cores, more would only be slower.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      tier('unit', ['libs/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/**/*.test.ts'], 30),
      tier('app', ['apps/manager/test/**/*.test.ts', 'apps/cli/test/**/*.test.ts'], 60),
      tier('qemu', ['apps/agent/test/**/*.test.ts', 'libs/qmp/test/**/*.test.ts'], 120, apart),
      tier('e2e', ['test/e2e/**/*.e2e.ts'], 240, apart),
      tier('repo', ['test/repo/**/*.test.ts'], 60),
    ],
  },
})
