import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', 'tests/faults/long/**']

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/closing-line.ts'],
    globalSetup: ['tests/support/global.ts', 'tests/browser/shared.ts'],
    pool: 'forks',
    // Two cores; each file has a database and a task queue of its own.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    include: ['tests/**/*.test.ts'],
    exclude,
  },
})
