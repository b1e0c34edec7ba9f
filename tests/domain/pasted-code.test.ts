import { describe, expect, it } from 'vitest'
import { codeIn } from '../../domain/pasted-code.ts'

describe('R28 the six digits in what was pasted', () => {
  it.each([
    ['526441', '526441'],
    [' ５２６ ４４１ ', '526441'],
    ['您好，您的验证码为：526441', '526441'],
    ['您的验证码为：526 441。数据集 HRA000567，服务热线 010-84097816，2026-11-29 19:00', '526441'],
    ['验证码为：526441（526441）', '526441'],
    ['Your code is 526441.', '526441'],
    ['526441 或 526442', undefined],
    ['1526441', undefined],
    ['HRA526441', undefined],
    ['52644', undefined],
    ['', undefined],
  ])('%j → %j', (text, code) => {
    expect(codeIn(text)).toBe(code)
  })
})
