/** Closed loop: each client begins its next life when its last one ended. Open loop: lives begin by the clock. */
import { setTimeout as pause } from 'node:timers/promises'
import { Recorder } from './measures.ts'
import { people } from './world.ts'

export type Live = (n: number, recorder: Recorder) => Promise<void>
export type Lived = {
  lives: number
  failures: string[]
  /** Lives that ended within the time, a second. */
  perSecond: number
  recorder: Recorder
}

/** Numbers of lives, each given once; a client is one person, and life `n` belongs to person `n` modulo people. */
export class Numbers {
  private readonly next: number[] = Array.from({ length: people }, (_, person) => person)
  private readonly most: number
  constructor(most: number) {
    this.most = most
  }
  take(person: number): number {
    const n = this.next[person % people]!
    if (n >= this.most) throw new Error(`The world has data sets for ${this.most} lives: raise --lives`)
    this.next[person % people] = n + people
    return n
  }
}

export async function closedLoop(
  live: Live,
  numbers: Numbers,
  { clients, seconds }: { clients: number; seconds: number },
): Promise<Lived> {
  const recorder = new Recorder()
  const failures: string[] = []
  const end = performance.now() + seconds * 1000
  let lives = 0
  let inTime = 0
  async function client(person: number): Promise<void> {
    while (performance.now() < end) {
      try {
        await live(numbers.take(person), recorder)
        lives += 1
        if (performance.now() < end) inTime += 1
      } catch (error) {
        failures.push(String(error))
        if (failures.length > 20) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, person) => client(person)))
  return { lives, failures, perSecond: inTime / seconds, recorder }
}

/** A life begins every `1 / perSecond` seconds, whether the ones before have ended or not. */
export async function openLoop(
  live: Live,
  numbers: Numbers,
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Lived> {
  const recorder = new Recorder()
  const failures: string[] = []
  const began = performance.now()
  const running: Promise<void>[] = []
  let lives = 0
  for (let n = 0; n < perSecond * seconds; n++) {
    const due = began + (n / perSecond) * 1000
    if (due > performance.now()) await pause(due - performance.now())
    running.push(
      live(numbers.take(n % people), recorder).then(
        () => void (lives += 1),
        (error: unknown) => void failures.push(String(error)),
      ),
    )
  }
  await Promise.all(running)
  return { lives, failures, perSecond, recorder }
}
