import { defineConfig } from 'vitest/config'

/** One run with projects, so that the one closing line counts every tier. */
const tier = (name: string, include: string[], timeoutSeconds: number, extra: object = {}) => ({
  test: { name, include, testTimeout: timeoutSeconds * 1000, hookTimeout: timeoutSeconds * 1000, ...extra },
})

/** Tiers that start real processes run one file after another: two cores, and each guest is translated. */
const serial = { pool: 'forks', fileParallelism: false } as const

export default defineConfig({
  test: {
    reporters: ['default', './test/support/reporter.ts'],
    projects: [
      tier('unit', ['libs/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/**/*.test.ts'], 30),
      tier('app', ['apps/manager/test/**/*.test.ts', 'apps/cli/test/**/*.test.ts'], 60),
      tier('qemu', ['apps/agent/test/**/*.test.ts', 'libs/qmp/test/**/*.test.ts'], 120, serial),
      tier('e2e', ['test/e2e/**/*.e2e.ts'], 240, serial),
      tier('repo', ['test/repo/**/*.test.ts'], 60),
    ],
  },
})
