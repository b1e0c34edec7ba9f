/**
 * One product for the browser tests of a run: the main process starts it when the first file asks for it, and stops it
 * at the end. A run without browser tests starts none.
 */
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startProduct, type Product } from '../support/product.ts'
import { writeWorld } from './world.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the folder of the product that the browser tests share, once it is ready. */
    sharedProduct: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let product: Promise<Product> | undefined
  let world: string | undefined
  const start = (): Promise<Product> => {
    world = writeWorld()
    return startProduct({ env: { WORLD_DIR: world } })
  }
  const door = createServer((_, response) => {
    product ??= start()
    product.then(
      ({ folder }) => response.end(folder),
      (error: Error) => response.writeHead(500).end(error.message),
    )
  })
  door.requestTimeout = 0
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  project.provide('sharedProduct', `http://127.0.0.1:${(door.address() as AddressInfo).port}`)
  return async () => {
    door.close()
    await (await product?.catch(() => undefined))?.stop()
    if (world) rmSync(world, { recursive: true, force: true })
  }
}
