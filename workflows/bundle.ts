/** `node workflows/bundle.ts <file>`: makes the bundle that a worker loads instead of building it at its start. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** The code of all workflows in one text. */
export async function bundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: pathOf('index.ts'),
    failureConverterPath: pathOf('../runtime/failure-converter.ts'),
    logger: new DefaultLogger('WARN'),
  })
  return code
}

if (import.meta.main) {
  const [, , file] = process.argv
  if (file === undefined) throw new Error('Usage: node workflows/bundle.ts <file>')
  await writeFile(file, await bundle())
}
