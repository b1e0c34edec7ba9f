/** Decrypts payloads for Temporal Web, in the browser of who runs everything on this machine. */
import { Hono } from 'hono'
import { cors } from 'hono/cors'
import proto from '@temporalio/proto'
import { payloadCodec } from '../runtime/payload-codec.ts'
import { answerWith, type Env, listen, type Listening } from './stand-ins/http.ts'

const { Payloads } = proto.temporal.api.common.v1

export interface CodecServerOptions {
  port: number
  /** Of Temporal Web; only its pages may ask. */
  uiPort: number
  keys: string
}

export async function startCodecServer({ port, uiPort, keys }: CodecServerOptions): Promise<Listening> {
  const codec = payloadCodec(keys)
  const app = new Hono<Env>()
  app.use(
    cors({
      origin: [`http://localhost:${uiPort}`, `http://127.0.0.1:${uiPort}`],
      allowMethods: ['POST'],
      allowHeaders: ['content-type', 'x-namespace', 'authorization'],
    }),
  )
  app.post('/decode', async (c) => {
    const { payloads } = Payloads.fromObject(await c.req.json<Record<string, unknown>>())
    const decoded = await codec.decode(payloads)
    return c.json(Payloads.create({ payloads: decoded }).toJSON())
  })
  return listen(answerWith(app), port)
}
