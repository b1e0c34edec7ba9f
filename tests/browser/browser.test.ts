/** The pages in a real browser, on one running product. One file, because the product is dear. */
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import { theChanges } from './changes.ts'
import { byKeyboard } from './keyboard.ts'
import { theManual } from './manual.ts'
import { thePeople } from './people.ts'
import { withoutScript } from './plain.ts'
import { complaints, raiseStage, shootFailure, strikeStage } from './stage.ts'
import { theTrouble } from './trouble.ts'
import { theTyping } from './typing.ts'

beforeAll(raiseStage, 400_000)
afterAll(strikeStage, 60_000)
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await shootFailure(task.name)
  // No errors, no warnings, no violation of the content policy, anywhere.
  expect(complaints()).toEqual([])
})

theManual()
thePeople()
theTrouble()
theTyping()
withoutScript()
byKeyboard()
theChanges()
