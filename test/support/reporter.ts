import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the run with `N passed, N failed, N skipped` alone on its line. A test file that could not even be
 * loaded has no test to count: it counts as one failure.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
    for (const module of modules) {
      if (module.errors().length > 0) count.failed += 1
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'pending') count.failed += 1
        else count[state] += 1
      }
    }
    // A check that failed before the tests counts, so that the closing line never looks better than the run.
    count.failed += Number(process.env['VIV_FAILED_CHECKS'] ?? 0)
    const line = `${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`
    // After the default reporter's own summary, which is written when the process is about to end.
    process.on('exit', () => process.stdout.write(`\n${line}\n`))
  }
}
