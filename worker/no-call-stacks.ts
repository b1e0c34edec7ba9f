/**
 * `node --import ./worker/no-call-stacks.ts …`: also in the thread that runs workflows, before the SDK. It would note a
 * stack for each promise of a workflow, looked up in the source map, so that Temporal Web can show where the code waits;
 * ours says in words what it waits for (decision 018). Errors keep their stacks.
 */
import { promiseHooks } from 'node:v8'

promiseHooks.createHook = () => () => undefined
