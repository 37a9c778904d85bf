import tseslint from 'typescript-eslint'

/** What a person reads stands in the console's catalogue, in both languages. */
const WORDS = 'A word that people read belongs into words/en.ts and words/zh.ts.'
const SPOKEN = '^(aria-label|alt|description|extra|help|label|placeholder|title)$'

/** Only what the compiler and the formatter cannot say: promises, complete switches, sizes, exports. */
export default tseslint.config(
  { ignores: ['**/generated/**', '**/node_modules/**', 'tools/setup/**', '.cache/**', '**/dist/**'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: ['./tsconfig.json', './apps/console/tsconfig.json'] },
    },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      'no-restricted-imports': ['error', { paths: [{ name: '.', message: 'Import the file itself.' }] }],
      'no-restricted-syntax': ['error', { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' }],
      'max-lines': ['error', 400],
      'max-lines-per-function': ['error', 60],
    },
  },
  {
    files: ['**/*.test.ts', '**/*.e2e.ts', '**/*.soak.ts'],
    rules: { 'max-lines': ['error', 600], 'max-lines-per-function': 'off' },
  },
  // A component is one function: what it shows is its length.
  {
    files: ['**/*.tsx'],
    rules: {
      'max-lines-per-function': ['error', 120],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
        { selector: 'JSXText[value=/[A-Za-z\\u4e00-\\u9fff]/]', message: WORDS },
        { selector: `JSXAttribute[name.name=/${SPOKEN}/] > Literal`, message: WORDS },
      ],
    },
  },
  { files: ['**/*.config.ts', '**/reporter.ts'], rules: { 'no-restricted-syntax': 'off' } },
)
