/** Frame of every mail (R26): parts by language, closing lines, contact; text and HTML from one source. */
import { oneLine } from '../../domain/text.ts'
import { beijingDay } from '../../domain/times.ts'

export type MailText = { lang: string; heading: string; paragraphs: readonly (readonly Piece[])[] }
type Piece = string | { strong: string } | { link: string }

const plainPiece = (piece: Piece): string =>
  typeof piece === 'string' ? piece : 'strong' in piece ? piece.strong : piece.link

export function page(
  parts: readonly MailText[],
  { siteUrl, reference, now }: { siteUrl: string; reference: string; now: Date },
): { text: string; html: string } {
  const closing: Piece[][] = [
    ['人类遗传资源信息管理备份平台网址：', { link: siteUrl }],
    [`${beijingDay(now.getTime())}  参考号 · Reference ${reference}`],
    ['注意：这封邮件是由系统自动发送，请不要直接回复它。 This is an automatic message; please do not reply.'],
    ['联系我们 · Contact us: 010-84097816 / 010-84097340, hgrip@big.ac.cn'],
  ]
  const text = [
    ...parts.map(({ heading, paragraphs }) => [oneLine(heading), ...paragraphs.map(plain)].join('\n\n')),
    closing.map(plain).join('\n'),
  ].join('\n\n----------------------------------------\n\n')
  const html = [
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>',
    "<body style=\"margin:0;padding:24px;background:#f4f6f9;color:#1f2329;font:14px/22px 'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif\">",
    '<div style="max-width:600px;margin:0 auto;padding:24px;background:#fff;border:1px solid #d9dee5;border-radius:8px">',
    ...parts.map(
      ({ lang, heading, paragraphs }) =>
        `<div lang="${lang}"><h1 style="font-size:16px;line-height:24px">${escaped(heading)}</h1>${paragraphs.map(marked).join('')}</div><hr style="border:0;border-top:1px solid #d9dee5">`,
    ),
    `<div style="color:#4e5969">${closing.map(marked).join('')}</div>`,
    '</div></body></html>',
  ].join('\n')
  return { text, html }
}

/** A paragraph is one line, so that no name can begin another one (or a second code). */
const plain = (pieces: readonly Piece[]): string => oneLine(pieces.map(plainPiece).join(''))

const marked = (pieces: readonly Piece[]): string => `<p>${pieces.map(markedPiece).join('')}</p>`

function markedPiece(piece: Piece): string {
  if (typeof piece === 'string') return escaped(piece)
  if ('strong' in piece)
    return `<strong style="font-size:20px;letter-spacing:2px">${escaped(piece.strong)}</strong>`
  return `<a href="${escaped(piece.link)}" style="color:#0958d9">${escaped(piece.link)}</a>`
}

const escaped = (text: string): string =>
  oneLine(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`)
