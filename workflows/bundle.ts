/** `node workflows/bundle.ts <file>`: makes the bundle that a worker loads instead of building it at its start. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

/** The code of all workflows in one text. */
export async function bundle(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('index.ts', import.meta.url)),
    failureConverterPath: fileURLToPath(new URL('../runtime/failure-converter.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  })
  return code
}

if (import.meta.main) {
  const [, , file] = process.argv
  if (file === undefined) throw new Error('Usage: node workflows/bundle.ts <file>')
  await writeFile(file, await bundle())
}
