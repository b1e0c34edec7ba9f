/**
 * Preloaded into the API and the worker (NODE_OPTIONS): their wall clock is wrong by as many milliseconds as the
 * file WRONG_CLOCK says now. Clocks that only count (performance.now, timers) are not touched, as in a real one.
 */
import { readFileSync } from 'node:fs'

const isOurs = /(api|worker)[/\\]main\.ts$/.test(process.argv[1] ?? '')
const file = process.env['WRONG_CLOCK']
if (isOurs && file) {
  const RealDate = Date
  let wrongBy = 0
  const read = () => {
    try {
      wrongBy = Number(readFileSync(file, 'utf8')) || 0
    } catch {
      wrongBy = 0
    }
  }
  read()
  setInterval(read, 100).unref()
  const now = () => RealDate.now() + wrongBy
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args, asWhat) => Reflect.construct(target, args.length > 0 ? args : [now()], asWhat),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
}
