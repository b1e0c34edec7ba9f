import { arrivalOf } from './arrivals.ts'

/** The server's clock in the browser: its `serverNow` plus the time since, so a wrong local clock does no harm. */
export class ServerClock {
  #start = 0
  #startedAt = 0
  now = $state(0)

  set(serverNow: string): void {
    this.#start = Date.parse(serverNow)
    this.#startedAt = arrivalOf(serverNow)
    this.tick()
  }
  tick(): void {
    this.now = this.#start + performance.now() - this.#startedAt
  }
}

/** Keeps `clock` going each second while a component lives. */
export function useClock(serverNow: () => string): ServerClock {
  const clock = new ServerClock()
  clock.set(serverNow())
  $effect(() => {
    clock.set(serverNow())
    const timer = setInterval(() => clock.tick(), 1000)
    return () => clearInterval(timer)
  })
  return clock
}
