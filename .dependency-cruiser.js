/** Which room may import which (docs/architecture.md, "Rooms"), and what is spoken to only in its own room. */

/** A room and what it may import of ours besides itself. */
const rooms = {
  domain: [],
  runtime: [],
  db: ['domain/'],
  migrations: [],
  activities: ['domain/', 'db/', 'runtime/'],
  workflows: ['domain/', 'activities/'], // activities: as types only, see below
  worker: ['domain/', 'runtime/', 'db/', 'activities/', 'workflows/'],
  api: [
    ...['domain/', 'db/', 'runtime/'],
    // what is said to a process, and how one is started
    ...['workflows/(backup|kit)/process\\.ts$', 'workflows/backup/commands\\.ts$'],
  ],
  ops: ['domain/', 'runtime/', 'db/', 'activities/ports/', 'workflows/(backup|kit)/process\\.ts$'],
  web: ['domain/', 'api/contracts/'],
}
const everyRoom = `^(${[...Object.keys(rooms), 'local', 'tests'].join('|')})/`
/** Named exceptions, each with its reason. */
const exceptions = {
  migrations: '^migrations/migrate\\.ts$', // the command reads its address; the dated files import nothing
}

const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })
/** A package, also the types of one that brings none. */
const packages = (...names) => `(^|/)node_modules/(@types/)?(${names.join('|')})/`
const anyOf = (...places) => places.map((place) => `^${place}`)

export default {
  forbidden: [
    ...Object.entries(rooms).map(([room, others]) =>
      error(
        `${room}-imports`,
        `${room}/ imports of ours ${others.join(', ') || 'nothing'}`,
        { path: `^${room}/`, ...(exceptions[room] && { pathNot: exceptions[room] }) },
        { path: everyRoom, pathNot: anyOf(`${room}/`, ...others) },
      ),
    ),
    error(
      'migrate-imports',
      'migrate.ts imports of ours runtime/config.ts',
      { path: exceptions.migrations },
      { path: everyRoom, pathNot: anyOf('migrations/', 'runtime/config\\.ts$') },
    ),
    error(
      'rules-have-no-library',
      'Rules import nothing of Node and no package',
      { path: '^domain/' },
      { pathNot: everyRoom },
    ),
    error(
      'workflows-run-no-activity',
      'Workflow code knows activities as types: it calls them through the server',
      { path: '^workflows/' },
      { path: '^activities/', dependencyTypesNot: ['type-only'] },
    ),
    error(
      'contracts-know-only-rules',
      'Contracts run in the browser too and take nothing of the API along',
      { path: '^api/contracts/' },
      { path: everyRoom, pathNot: ['^api/contracts/', '^domain/'] },
    ),
    error(
      'sql-is-in-db',
      'SQL is in db/ only',
      // attempt.ts: a session advisory lock on a connection of its own; local/ and tests/ arrange and look
      { pathNot: anyOf('db/', 'migrations/', 'activities/attempts/attempt\\.ts$', 'local/', 'tests/') },
      { path: packages('kysely', 'pg') },
    ),
    error(
      'one-sender',
      'api/process/temporal.ts is the only sender of the API',
      // errors.ts and pollers.ts send no command: they read the client's error classes, and who polls
      {
        pathNot: anyOf(
          'api/process/temporal\\.ts$',
          'api/process/errors\\.ts$',
          'api/process/pollers\\.ts$',
          'worker/',
          'ops/',
          'local/',
          'tests/',
        ),
      },
      { path: packages('@temporalio/client') },
    ),
    error(
      'workflow-code-is-in-workflows',
      'Workflow code is in workflows/',
      { pathNot: anyOf('workflows/', 'tests/') },
      { path: packages('@temporalio/workflow') },
    ),
    error(
      'workflows-are-deterministic',
      'Workflows run again from their history, so they take nothing from Node',
      { path: '^workflows/', pathNot: '^workflows/bundle\\.ts$' },
      { dependencyTypes: ['core'] },
    ),
    error(
      'workflows-run-in-a-worker',
      'Workflow code does not know the worker that runs it',
      { path: '^workflows/', pathNot: '^workflows/bundle\\.ts$' },
      { path: packages('@temporalio/worker') },
    ),
    error('no-circles', 'No circles, also not of types', {}, { circular: true }),
    // Without it an alias that is not understood would hide what it stands for.
    // `$app/…` and `$types` are made by SvelteKit when it builds.
    error(
      'every-import-is-found',
      'An import leads nowhere',
      { path: everyRoom },
      { couldNotResolve: true, pathNot: ['^\\$app/', '^\\./\\$types$'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: {
      path: ['(^|/)(\\.svelte-kit|build|paraglide|\\.local)/', '^workflows/bundle\\.js$'],
    },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.imports.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'svelte', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.svelte', '.d.ts'],
    },
  },
}
