import type { Reporter, TestModule } from 'vitest/node'

/**
 * Closes with `N passed, N failed`, and makes red tests end the process with 1, also when an imported module sets
 * another exit code.
 */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandled.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      const tests = [...module.children.allTests()]
      for (const test of tests) count[test.result().state]++
      // An import or a hook failed: no test of the file says so.
      if (module.state() === 'failed' && !tests.some((test) => test.result().state === 'failed'))
        count.failed++
    }
    process.on('exit', () => {
      const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
      console.log(`${count.passed} passed, ${count.failed} failed${skipped}`)
      if (count.failed > 0) process.exitCode = 1
    })
  }
}
