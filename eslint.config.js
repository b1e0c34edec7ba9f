import js from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'

/** What is said only in its own room; what only concerns imports is in .dependency-cruiser.js. */
const noReExports = ['ExportAllDeclaration', 'ExportNamedDeclaration[source]'].map((selector) => ({
  selector,
  message: 'Only workflows/index.ts and activities/index.ts re-export, each name by itself.',
}))
const noSql = [{ selector: "TaggedTemplateExpression[tag.name='sql']", message: 'SQL is in db/ only.' }]
const rulesHaveNoClock = 'Rules have no clock and no random: what they need is an argument.'
const noClock = [
  { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: rulesHaveNoClock },
  { selector: "CallExpression[callee.name='Date']", message: rulesHaveNoClock },
]
const words = (...groups) => ({ 'no-restricted-syntax': ['error', ...groups.flat()] })
const rooms = 'activities|api|db|domain|local|migrations|ops|runtime|tests|worker|workflows'

const ownRooms = [
  { rules: words(noReExports, noSql) },
  {
    files: ['db/**', 'migrations/**', 'local/**', 'tests/**', 'activities/attempts/attempt.ts'],
    rules: words(noReExports),
  },
  { files: ['workflows/index.ts', 'activities/index.ts'], rules: words(noReExports.slice(0, 1), noSql) },
  {
    files: ['domain/**'],
    rules: {
      ...words(noReExports, noSql, noClock),
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: rulesHaveNoClock },
        { object: 'Math', property: 'random', message: rulesHaveNoClock },
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'crypto', 'fetch', 'performance', 'setTimeout', 'setInterval'].map((name) => ({
          name,
          message: rulesHaveNoClock,
        })),
      ],
    },
  },
  // An `import { type … }` stays in the built code as an import of the whole file.
  { files: ['workflows/**'], rules: { '@typescript-eslint/no-import-type-side-effects': 'error' } },
  {
    // Svelte drops the imports of types before dependency-cruiser sees them.
    files: ['web/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${rooms})/|^\\$(domain|contracts)/(.*/)?\\.\\./`,
              message: 'Pages know the rules as $domain and the contracts as $contracts, and no other room.',
            },
            { regex: '^(kysely|pg|@temporalio)(/|$)', message: 'Pages ask the API.' },
          ],
        },
      ],
    },
  },
]

export default ts.config(
  {
    ignores: [
      '**/node_modules/**',
      '**/.svelte-kit/**',
      '**/build/**',
      '.local/**',
      'web/src/lib/paraglide/**',
      'workflows/bundle.js',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommendedTypeChecked,
  ...svelte.configs.recommended,
  {
    languageOptions: {
      globals: globals.node,
      parserOptions: {
        projectService: {
          allowDefaultProject: ['*.js', '.dependency-cruiser.js', 'local/*.mjs', 'web/*.js', 'web/*.ts'],
        },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      eqeqeq: ['error', 'smart'],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser }, globals: globals.browser },
  },
  ...ownRooms,
  { files: ['**/*.js', '**/*.mjs'], ...ts.configs.disableTypeChecked },
)
