/** Codes as depositors read them in their mails. */
import { product } from './stage.ts'

/** The code in the newest mail to this address, as the depositor reads it. */
export async function codeFor(depositor: string): Promise<string> {
  const [mail] = await product.messagesTo(depositor)
  return /您的验证码为：(\d{6})/.exec(mail?.text ?? '')?.[1] ?? ''
}
export const wrongCodeFor = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0')
